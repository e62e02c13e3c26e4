"""The picture of each galaxy, at one scale relative to its size."""

import math
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
from astropy.nddata import extract_array
from PIL import Image
from scipy.ndimage import binary_dilation

from galvote.errors import InputError
from galvote.frames import Frame
from galvote.stretch import stretch

REACH = 1.5  # radii that a cutout shows each way, whatever its rotation:
ROTATION_MARGIN = math.sqrt(2.0)
MOST_ENLARGEMENT = 2.0
HALO = 2  # px round a neighbour that are hidden with it
LARGEST_IMAGE = 2**26  # px; a larger PNG or JPEG is taken for damage


class Galaxy(Protocol):
    """What a row of the catalogue says that a cutout needs.

    `x`, `y` and `radius` are in px, `segment` is the galaxy's number in the
    segmentation map.
    """

    id: str
    x: float
    y: float
    radius: float
    segment: int


def side_of(radius: float, size: int) -> float:
    """Return the side (px in the frame) of a cutout of `size` px.

    It holds `REACH` radii each way in any rotation; small galaxies are not enlarged
    more than `MOST_ENLARGEMENT` times.
    """
    return max(2.0 * REACH * ROTATION_MARGIN * radius, size / MOST_ENLARGEMENT)


def window_of(
    image: np.ndarray, x: float, y: float, side: float, outside: float
) -> tuple[np.ndarray, tuple[float, float]]:
    """Copy the pixels round a square out of an image.

    Parameters
    ----------
    image : (ny, nx).
    x, y : centre of the square, 0-based px.
    side : of the square, px.
    outside : value of pixels outside of the image.

    Returns
    -------
    patch (n, n), a little larger than the square, and the centre's (x, y) in it.
    """
    n = math.ceil(side) + 3
    patch, (at_y, at_x) = extract_array(
        image, (n, n), (y, x), "partial", outside, return_position=True
    )
    return patch, (at_x, at_y)


def resample(
    patches: np.ndarray, centre: tuple[float, float], side: float, size: int
) -> np.ndarray:
    """Resample a square of an image with anti-aliasing.

    Parameters
    ----------
    patches : (n_bands, n, n).
    centre : (x, y) of the square, 0-based px.
    side : of the square, px of the patches.
    size : of the result, px.

    Returns
    -------
    float32 (n_bands, size, size).
    """
    low_x, low_y = (place + 0.5 - side / 2.0 for place in centre)
    box = (low_x, low_y, low_x + side, low_y + side)
    bands = [
        Image.fromarray(patch.astype(np.float32)).resize(
            (size, size), Image.Resampling.BILINEAR, box=box
        )
        for patch in patches
    ]
    return np.stack([np.asarray(band) for band in bands])


def hide_neighbours(
    patches: np.ndarray, segments: np.ndarray, own: int, frame: Frame, seed: int
) -> None:
    """Put sky with noise where other sources are, in place.

    Parameters
    ----------
    patches : (n_bands, n, n), counts.
    segments : (n, n), number of the source of each pixel, 0 for sky.
    own : number of the galaxy itself.
    frame : whose sky and noise are taken.
    seed : of the noise.
    """
    mine = segments == own
    other = binary_dilation((segments > 0) & ~mine, iterations=HALO) & ~mine
    rng = np.random.default_rng(seed)
    for patch, sky, noise in zip(patches, frame.sky, frame.noise, strict=False):
        patch[other] = sky + noise * rng.standard_normal(int(other.sum()))


def to_bytes(levels: np.ndarray) -> np.ndarray:
    """Turn (n_channels, ny, nx) in 0..1 into uint8 (ny, nx, n_channels)."""
    return np.round(levels * 255.0).astype(np.uint8).transpose(1, 2, 0)


def cut_from_frame(
    frame: Frame,
    galaxy: Galaxy,
    *,
    kind: str,
    size: int,
    channels: str,
    softening: float,
    segments: np.ndarray | None,
) -> np.ndarray:
    """Make the picture of one galaxy of a frame.

    Parameters
    ----------
    frame : background subtracted, but for `kind` none.
    galaxy : which one.
    kind : name of the stretch.
    size, channels, softening : section `cutouts` of the config.
    segments : (ny, nx) of the frame, number of the source of each pixel; None leaves
        the neighbours in.

    Returns
    -------
    uint8 (size, size, n_channels).
    """
    side = side_of(galaxy.radius, size)
    where = galaxy.x, galaxy.y, side
    patches, centre = [], (0.0, 0.0)
    for plane, sky in zip(frame.planes, frame.sky, strict=True):
        patch, centre = window_of(plane, *where, np.nan)
        patches.append(np.where(np.isfinite(patch), patch, sky))
    planes = np.stack(patches)
    if segments is not None:
        around, _ = window_of(segments, *where, 0)
        seed = zlib.crc32(galaxy.id.encode())
        hide_neighbours(planes, around, galaxy.segment, frame, seed)
    planes = resample(planes, centre, side, size)
    steps = (np.arange(size) + 0.5 - size / 2.0) * side / size
    distance = np.hypot(steps[:, None], steps[None, :])
    levels = stretch(
        planes,
        kind,
        channels,
        inside=distance < max(galaxy.radius, 2.0),
        noise=frame.noise[-1],
        softening=softening,
    )
    return to_bytes(levels)


def read_picture(path: str | Path, mode: str) -> np.ndarray:
    """Read a PNG or JPEG: float32, 0..255, (ny, nx) in mode L, (ny, nx, 3) in RGB.

    16-bit grey is scaled down; what is transparent becomes black.

    Raises
    ------
    ValueError
        Where the file is damaged, too big or of another format; decoders of damaged
        files raise all kinds of errors.
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > LARGEST_IMAGE:
                raise ValueError(f"{image.width} x {image.height} px are too many")
            if image.mode.startswith("I"):
                grey = np.asarray(image, dtype=np.float32) / 257.0
                return grey if mode == "L" else np.stack([grey] * 3, axis=-1)
            if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA"):
                black = Image.new("RGBA", image.size, "black")
                image = Image.alpha_composite(black, image.convert("RGBA"))
            return np.asarray(image.convert(mode), dtype=np.float32)
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def cut_from_image(
    path: str | Path, crop: float, size: int, channels: str
) -> np.ndarray:
    """Make the picture of a galaxy that has an image file of its own.

    Parameters
    ----------
    path : PNG or JPEG.
    crop : central fraction of the shorter side that is kept.
    size, channels : section `cutouts` of the config; not `depths`, for an image has
        been stretched before.

    Returns
    -------
    uint8 (size, size, n_channels).

    Raises
    ------
    ValueError
        Where the file is damaged or no PNG or JPEG image.
    """
    pixels = read_picture(path, "RGB" if channels == "colour" else "L")
    planes = np.atleast_3d(pixels).transpose(2, 0, 1)
    ny, nx = planes.shape[1:]
    side = max(crop * min(ny, nx), size / MOST_ENLARGEMENT)
    where = (nx - 1) / 2.0, (ny - 1) / 2.0, side
    windows = [window_of(plane, *where, 0.0) for plane in planes]
    patches, centre = np.stack([patch for patch, _ in windows]), windows[0][1]
    square = resample(patches, centre, side, size)
    return to_bytes(np.clip(square / 255.0, 0.0, 1.0))


def check_bands(name: str, n_bands: int, channels: str) -> None:
    """Refuse colour from a source without three bands.

    Raises
    ------
    InputError
        That names the source and the other choices.
    """
    if channels == "colour" and n_bands != 3:
        raise InputError(
            f"config key `cutouts.channels` is colour but source {name} has {n_bands}"
            " band(s); choose grey or depths"
        )
