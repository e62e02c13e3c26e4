"""From counts to grey levels between 0 and 1."""

import numpy as np
from astropy.visualization import (
    AsinhStretch,
    BaseStretch,
    LinearStretch,
    LogStretch,
    ManualInterval,
    ZScaleInterval,
)

WHITE_PERCENTILE = 99.5
LEAST_RANGE = 5.0  # sky sigmas between black and white: pure noise stays dark
DEPTHS = (10.0, 3.0, 1.0)  # factors on the softening: core, body, outskirts


def limits_of(
    window: np.ndarray, inside: np.ndarray, noise: float
) -> tuple[float, float]:
    """Choose black and white for one galaxy.

    Black is one sky sigma below the sky, white comes from the object itself.

    Parameters
    ----------
    window : (ny, nx), counts above the sky.
    inside : bool (ny, nx), the object's pixels.
    noise : sky sigma (counts).
    """
    black = -noise
    pixels = window[inside] if inside.any() else window
    white = float(np.percentile(pixels, WHITE_PERCENTILE))
    return black, max(white, black + LEAST_RANGE * noise)


def stretch_for(kind: str, softening: float) -> BaseStretch:
    """Return astropy's stretch of a name; `softening` as a share of the range."""
    softening = float(np.clip(softening, 1e-4, 1.0))
    if kind == "asinh":
        return AsinhStretch(softening)
    if kind == "log":
        return LogStretch(1.0 / softening)
    return LinearStretch()


def stretch(
    planes: np.ndarray,
    kind: str,
    channels: str,
    *,
    inside: np.ndarray,
    noise: float,
    softening: float,
) -> np.ndarray:
    """Turn a galaxy's bands into grey levels.

    Parameters
    ----------
    planes : (n_bands, ny, nx), counts above the sky (`none`: 8-bit levels).
    kind : asinh, linear, log, zscale or none.
    channels : grey, colour or depths.
    inside : bool (ny, nx), the object's pixels.
    noise : sky sigma of the bands' mean (counts).
    softening : of asinh and log, in sky sigmas.

    Returns
    -------
    float32 (n_channels, ny, nx) in 0..1; one channel, or three.
    """
    mean = planes.mean(axis=0)
    levels = planes if channels == "colour" else mean[None]
    if kind == "none":
        return np.clip(levels / 255.0, 0.0, 1.0).astype(np.float32)
    if kind == "zscale":
        black, white = ZScaleInterval().get_limits(mean)
        white = max(white, black + 1e-6)
    else:
        black, white = limits_of(mean, inside, noise)
    scaled = ManualInterval(black, white)(levels)
    knee = softening * noise / (white - black)
    factors = DEPTHS if channels == "depths" else (1.0,)
    layers = [stretch_for(kind, knee * factor)(scaled) for factor in factors]
    return np.concatenate(layers).astype(np.float32)
