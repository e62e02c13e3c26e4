"""What a cutout shows: how much of the sky, and which detections are its galaxy."""

import math

import numpy as np

from galvote.base.limits import LARGEST_IMAGE

CUTOUT_REACH = 1.5  # radii that a cutout shows each way, whatever its rotation:
ROTATION_MARGIN = math.sqrt(2.0)
MARGIN = (
    CUTOUT_REACH * ROTATION_MARGIN
)  # radii from the middle of a cutout to its sides
MOST_ENLARGEMENT = 2.0
CORE_SHARE = 1.0 / 3.0  # of the radius: what lies there may be the galaxy
HALF_DIAGONAL = math.sqrt(0.5)  # px
LARGEST_RADIUS = math.sqrt(LARGEST_IMAGE) / (2.0 * MARGIN)  # px


def cutout_side(radius: float, size: int) -> float:
    """Return the side (px in the frame) of a cutout of `size` px.

    It holds `REACH` radii each way in any rotation; small galaxies are not enlarged
    more than `MOST_ENLARGEMENT` times.
    """
    return max(2.0 * MARGIN * radius, size / MOST_ENLARGEMENT)


def core_of(
    shape: tuple[int, int], x: float, y: float, radius: float, segment: int
) -> np.ndarray:
    """Return which pixels of an image are surely of its galaxy, bool (ny, nx).

    The pixel of its centre, or a circle of a third of its radius where nothing was
    detected there.

    Parameters
    ----------
    shape : (ny, nx) of the image.
    x, y, radius : of the galaxy, 0-based px.
    segment : number of its own detection, 0 for none.
    """
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    reach = max(CORE_SHARE * radius if segment <= 0 else 0.0, HALF_DIAGONAL)
    return np.hypot(columns - x, rows - y) <= reach


def own_detections(
    segments: np.ndarray, x: float, y: float, radius: float, segment: int
) -> set[int]:
    """Return the numbers of the detections that are a galaxy, or may be.

    Its own, and all that reach into its core. None of them may be hidden in its
    picture.

    Parameters
    ----------
    segments : int32 (ny, nx), number of the detection of each pixel; 0, -1 for none.
    x, y, radius, segment : as in `core_of`.
    """
    reach = math.ceil(max(CORE_SHARE * radius, 1.0))
    left, low = (max(math.floor(place) - reach, 0) for place in (x, y))
    right, high = (math.ceil(place) + reach + 1 for place in (x, y))
    window = segments[low:high, left:right]
    core = core_of(window.shape, x - left, y - low, radius, segment)
    return {int(n) for n in np.unique(window[core]) if n > 0} | {segment} - {0}
