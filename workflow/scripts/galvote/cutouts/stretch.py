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
from astropy.visualization.lupton_rgb import RGBImageMappingLupton

WHITE_SHARE = 0.995  # of the object's pixels are darker than white
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
    brightest = int(WHITE_SHARE * (pixels.size - 1))
    white = float(np.partition(pixels.ravel(), brightest)[brightest])
    return black, max(white, black + LEAST_RANGE * noise)


def stretch_for(kind: str, softening: float) -> BaseStretch:
    """Return astropy's stretch of a name; `softening` as a share of the range."""
    softening = float(np.clip(softening, 1e-4, 1.0))
    if kind in ("asinh", "lupton"):
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
    kind : asinh, lupton (asinh of the mean, with the colours kept: Lupton et al. 2004),
        linear, log, zscale or none.
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
    knee = softening * noise / (white - black)
    if kind == "lupton" and len(levels) == 3:
        return _lupton((levels - black) / (white - black), knee)
    scaled = ManualInterval(black, white)(levels)
    factors = DEPTHS if channels == "depths" else (1.0,)
    layers = [stretch_for(kind, knee * factor)(scaled) for factor in factors]
    return np.concatenate(layers).astype(np.float32)


def _lupton(levels: np.ndarray, softening: float) -> np.ndarray:
    """Stretch the mean of (3, ny, nx), 0 black and 1 white, and keep the colours."""
    mapping = RGBImageMappingLupton(
        interval=ManualInterval(0.0, 1.0), stretch=stretch_for("asinh", softening)
    )
    colours = mapping.make_rgb_image(*levels, output_dtype=np.float64)
    return np.clip(colours, 0.0, 1.0).astype(np.float32).transpose(2, 0, 1)
