"""The shift between two images of one sky that have no WCS."""

import numpy as np
from scipy.ndimage import gaussian_filter

from galvote.inputs.frames import Plane, middle_of

LEAST_SHIFT = 0.5  # px
MOST_SCATTER = 2.0  # px, of the quarters about a shift that is believed
SMOOTHING = 1.5  # px, sigma
MOST_SIGNAL = 30.0  # S/N to which bright pixels are cut


def structure_of(plane: Plane) -> np.ndarray:
    """Return the middle of a band, smoothed and with its bright pixels compressed.

    So neither noise nor a few stars decide where it matches another: float64, at most
    `MIDDLE_SIDE` px a side.
    """
    data = plane.data[middle_of(plane.data.shape)] - np.float32(plane.sky)
    known = np.isfinite(data)
    if not known.any() or not plane.noise > 0:
        return np.zeros(data.shape)
    signal = np.where(known, data, 0.0) / plane.noise
    gain = SMOOTHING * np.sqrt(4.0 * np.pi)  # by which smoothing lowers white noise
    smooth = gaussian_filter(signal, SMOOTHING) * gain
    levels = np.arcsinh(np.clip(smooth, 0.0, MOST_SIGNAL))
    return np.where(known, levels - levels[known].mean(), 0.0)


def shift_between(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Measure how far (x, y, px) `other` shows the sky from where `reference` has it.

    It is 0 unless three of the four quarters say the same within their scatter: noise
    has a best match, too, but elsewhere in each quarter.

    Parameters
    ----------
    reference, other : from `structure_of`, of one shape.
    """
    shift = _best_match(reference, other)
    if not np.isfinite(shift).all():
        return np.zeros(2)
    rows, columns = (
        _overlap(step, n)
        for step, n in zip(np.round(shift).astype(int), other.shape, strict=True)
    )
    here, there = reference[rows[0], columns[0]], other[rows[1], columns[1]]
    middle = here.shape[0] // 2, here.shape[1] // 2
    if min(middle) < 8:
        return np.zeros(2)
    quarters = [
        np.s_[up, across]
        for up in (slice(None, middle[0]), slice(middle[0], None))
        for across in (slice(None, middle[1]), slice(middle[1], None))
    ]
    apart = [_best_match(here[q], there[q]) for q in quarters]
    residual = shift - np.round(shift)
    scatter = np.sort(np.linalg.norm(apart - residual, axis=1))[2]
    believed = scatter < MOST_SCATTER
    if believed and np.linalg.norm(shift) > LEAST_SHIFT + scatter:
        return shift[::-1]
    return np.zeros(2)


def _best_match(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the shift (y, x, px) of `other` at which both correlate best.

    Infinite where one of them shows nothing.
    """
    from skimage.registration import phase_cross_correlation  # not loaded in vain

    if not (reference.any() and other.any()):
        return np.full(2, np.inf)
    options = {"upsample_factor": 10, "normalization": None}
    return -phase_cross_correlation(reference, other, **options)[0]


def _overlap(step: int, n: int) -> tuple[slice, slice]:
    """Return where, along an axis of n px, both show the same after `step` px."""
    low, high = max(-step, 0), min(n - step, n)
    return slice(low, high), slice(low + step, high + step)
