"""The picture of each galaxy, at one scale relative to its size."""

import math
from pathlib import Path

import numpy as np
from astropy.nddata import extract_array
from PIL import Image

from galvote.errors import InputError
from galvote.frames import Frame
from galvote.stretch import stretch

REACH = 1.5  # radii that a cutout shows each way, whatever its rotation:
ROTATION_MARGIN = math.sqrt(2.0)
MOST_ENLARGEMENT = 2.0
LARGEST_IMAGE = 2**26  # px; a larger PNG or JPEG is taken for damage


def side_of(radius: float, size: int) -> float:
    """Return the side (px in the frame) of a cutout of `size` px.

    It holds `REACH` radii each way in any rotation; small galaxies are not enlarged
    more than `MOST_ENLARGEMENT` times.
    """
    return max(2.0 * REACH * ROTATION_MARGIN * radius, size / MOST_ENLARGEMENT)


def resample(
    planes: np.ndarray, x: float, y: float, side: float, size: int, fill: np.ndarray
) -> np.ndarray:
    """Cut a square out of an image and resample it with anti-aliasing.

    Parameters
    ----------
    planes : (n_bands, ny, nx).
    x, y : centre, 0-based px.
    side : of the square, px of the image.
    size : of the result, px.
    fill : (n_bands,), value outside of the image and where it is NaN.

    Returns
    -------
    float32 (n_bands, size, size).
    """
    window = math.ceil(side) + 3
    shape = (window, window)
    square = np.empty((len(planes), size, size), dtype=np.float32)
    for band, plane in enumerate(planes):
        patch, (centre_y, centre_x) = extract_array(
            plane, shape, (y, x), "partial", np.nan, return_position=True
        )
        patch = np.where(np.isfinite(patch), patch, fill[band]).astype(np.float32)
        low_x, low_y = centre_x + 0.5 - side / 2.0, centre_y + 0.5 - side / 2.0
        box = (low_x, low_y, low_x + side, low_y + side)
        resized = Image.fromarray(patch).resize(
            (size, size), Image.Resampling.BILINEAR, box=box
        )
        square[band] = np.asarray(resized)
    return square


def to_bytes(levels: np.ndarray) -> np.ndarray:
    """Turn (n_channels, ny, nx) in 0..1 into uint8 (ny, nx, n_channels)."""
    return np.round(levels * 255.0).astype(np.uint8).transpose(1, 2, 0)


def cut_from_frame(
    frame: Frame,
    x: float,
    y: float,
    radius: float,
    *,
    kind: str,
    size: int,
    channels: str,
    softening: float,
) -> np.ndarray:
    """Make the picture of one galaxy of a frame.

    Parameters
    ----------
    frame : background subtracted, but for `kind` none.
    x, y : centre (0-based px).
    radius : of the galaxy (px).
    kind : name of the stretch.
    size, channels, softening : section `cutouts` of the config.

    Returns
    -------
    uint8 (size, size, n_channels).
    """
    side = side_of(radius, size)
    planes = resample(frame.planes, x, y, side, size, frame.sky)
    steps = (np.arange(size) + 0.5 - size / 2.0) * side / size
    inside = np.hypot(steps[:, None], steps[None, :]) < max(radius, 2.0)
    levels = stretch(
        planes,
        kind,
        channels,
        inside=inside,
        noise=frame.noise[-1],
        softening=softening,
    )
    return to_bytes(levels)


def cut_from_image(
    path: str | Path, crop: float, size: int, channels: str
) -> np.ndarray:
    """Make the picture of a galaxy that has an image file of its own.

    Parameters
    ----------
    path : PNG or JPEG.
    crop : central fraction of the shorter side that is kept.
    size, channels : section `cutouts` of the config; an image has been stretched
        before, so `depths` is refused by `check_channels`.

    Returns
    -------
    uint8 (size, size, n_channels).

    Raises
    ------
    OSError, ValueError
        Where the file is damaged or no image.
    """
    with Image.open(path) as image:
        if image.width * image.height > LARGEST_IMAGE:
            raise ValueError(
                f"an image of {image.width} x {image.height} px is too big"
            )
        mode = "RGB" if channels == "colour" else "L"
        pixels = np.asarray(image.convert(mode), dtype=np.float32)
    planes = np.atleast_3d(pixels).transpose(2, 0, 1)
    ny, nx = planes.shape[1:]
    side = max(crop * min(ny, nx), size / MOST_ENLARGEMENT)
    dark = np.zeros(len(planes))
    square = resample(planes, (nx - 1) / 2.0, (ny - 1) / 2.0, side, size, dark)
    return to_bytes(np.clip(square / 255.0, 0.0, 1.0))


def check_channels(name: str, n_bands: int, channels: str, kind: str) -> None:
    """Refuse a choice of channels that a source cannot give.

    Raises
    ------
    InputError
        Colour without three bands, or depths of something stretched before.
    """
    if channels == "colour" and n_bands != 3:
        raise InputError(
            f"config key `cutouts.channels` is colour but source {name} has {n_bands}"
            " band(s); choose grey or depths"
        )
    if channels == "depths" and kind != "asinh":
        raise InputError(
            f"config key `cutouts.channels` is depths but source {name} has the stretch"
            f" {kind}; depths need asinh"
        )
