"""Noise that looks like the sky's own: as strong, and as correlated."""

import numpy as np
from scipy.ndimage import binary_dilation

from galvote.inputs.frames import middle_of

CORRELATION_REACH = 6  # px: resampling and drizzling correlate pixels that lie nearer
LEAST_SKY = 400  # of sky
TILE = 256  # px, side of a tile of noise
SKY_HALO = 3  # px round detections that are not taken for sky


def mixing_of(planes: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """Return a matrix that gives independent noises the correlation of bands.

    The symmetric root of the correlation matrix of the sky's pixels; the identity where
    there is too little sky.

    Parameters
    ----------
    planes : (n_bands, ny, nx); NaN where bad.
    detected : bool (ny, nx), pixels that are not sky.
    """
    hidden = binary_dilation(detected, iterations=SKY_HALO)
    sky = planes[:, np.isfinite(planes).all(axis=0) & ~hidden]
    if sky.shape[1] < LEAST_SKY or (np.ptp(sky, axis=1) == 0).any():
        return np.eye(len(planes))
    values, vectors = np.linalg.eigh(np.atleast_2d(np.corrcoef(sky)))
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def correlation_of(image: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """Measure the correlation of the sky's pixels.

    Parameters
    ----------
    image : (ny, nx), sky subtracted; NaN where bad.
    detected : bool (ny, nx), pixels that are not sky.

    Returns
    -------
    (2 REACH + 1, 2 REACH + 1) by lag (y, x), 1 in the middle; white noise where there
    is too little sky.
    """
    middle = middle_of(image.shape)
    part = image[middle]
    is_sky = np.isfinite(part) & ~binary_dilation(detected[middle], iterations=SKY_HALO)
    correlation = np.zeros((2 * CORRELATION_REACH + 1, 2 * CORRELATION_REACH + 1))
    correlation[CORRELATION_REACH, CORRELATION_REACH] = 1.0
    if is_sky.sum() < LEAST_SKY or min(part.shape) <= 2 * CORRELATION_REACH:
        return correlation
    sky = np.where(is_sky, part - np.median(part[is_sky]), 0.0)
    limit = 4.0 * 1.4826 * np.median(np.abs(sky[is_sky]))
    is_sky &= np.abs(sky) <= limit  # faint galaxies below the threshold
    sky[~is_sky] = 0.0
    shape = [n + CORRELATION_REACH for n in sky.shape]  # nothing wraps round
    products = _lagged(sky, shape)
    pairs = _lagged(is_sky.astype(np.float64), shape)
    if not products[CORRELATION_REACH, CORRELATION_REACH] > 0:
        return correlation
    covariance = products / np.maximum(pairs, 1.0)
    return covariance / covariance[CORRELATION_REACH, CORRELATION_REACH]


def _lagged(values: np.ndarray, shape: list[int]) -> np.ndarray:
    """Sum values times themselves, shifted by up to `REACH` px each way in y and x."""
    power = np.abs(np.fft.rfft2(values, shape)) ** 2
    lags = np.arange(-CORRELATION_REACH, CORRELATION_REACH + 1)
    return np.fft.irfft2(power, shape)[np.ix_(lags, lags)]


def noise_tile(correlation: np.ndarray, seed: int) -> np.ndarray:
    """Draw noise of unit variance with a correlation: float32 (TILE, TILE), periodic.

    The power spectrum is the Fourier transform of the correlation (Wiener-Khinchin).
    """
    kernel = np.zeros((TILE, TILE))
    n = correlation.shape[0]
    taper = np.clip(
        (CORRELATION_REACH + 1 - np.abs(np.arange(n) - CORRELATION_REACH)) / 3.0,
        0.0,
        1.0,
    )
    kernel[:n, :n] = correlation * np.outer(taper, taper)  # no ringing of a cut-off
    kernel = np.roll(kernel, (-(n // 2), -(n // 2)), axis=(0, 1))
    power = np.clip(np.fft.rfft2(kernel).real, 0.0, None)
    white = np.random.default_rng(seed).standard_normal((TILE, TILE))
    noise = np.fft.irfft2(np.fft.rfft2(white) * np.sqrt(power), s=(TILE, TILE))
    return (noise / noise.std()).astype(np.float32)


def noise_patch(tile: np.ndarray, shape: tuple[int, int], seed: int) -> np.ndarray:
    """Cut (ny, nx) out of a periodic tile, somewhere that `seed` decides."""
    rows = (np.arange(shape[0]) + seed // TILE) % TILE
    columns = (np.arange(shape[1]) + seed) % TILE
    return tile[np.ix_(rows, columns)]
