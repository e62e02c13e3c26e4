"""The pixels round a galaxy, and which of them belong to other detections."""

import math
from typing import Protocol

import numpy as np
from astropy.nddata import extract_array
from scipy.ndimage import binary_dilation

from galvote.detection.framing import core_of, own_detections

OUTSIDE = -1  # number of what lies beyond the edge of a segmentation map
NEIGHBOUR_HALO = 2  # px round a neighbour that are hidden with it


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
    ny, nx = image.shape
    low_x, low_y = math.ceil(x - n / 2.0), math.ceil(y - n / 2.0)
    if low_x >= 0 and low_y >= 0 and low_x + n <= nx and low_y + n <= ny:
        patch = image[low_y : low_y + n, low_x : low_x + n].copy()
    else:
        patch = extract_array(image, (n, n), (y, x), "partial", outside)
    return patch, (x - low_x, y - low_y)


def others_in(
    segments: np.ndarray, galaxy: Galaxy, centre: tuple[float, float]
) -> np.ndarray | None:
    """Return where detections that are not the galaxy are, with a halo: bool (n, n).

    None where there are none.

    Parameters
    ----------
    segments : (n, n), window of the segmentation map.
    galaxy : whose window it is.
    centre : (x, y) of the galaxy in it.
    """
    own = own_detections(segments, *centre, galaxy.radius, galaxy.segment)
    mine = np.isin(segments, list(own))
    others = (segments > 0) & ~mine
    if not others.any():
        return None
    core = core_of(segments.shape, *centre, galaxy.radius, galaxy.segment)
    return binary_dilation(others, iterations=NEIGHBOUR_HALO) & ~mine & ~core
