"""How much of the sky a cutout shows."""

import math

from galvote.inputs.sources import LARGEST_IMAGE

CUTOUT_REACH = 1.5  # radii that a cutout shows each way, whatever its rotation:
ROTATION_MARGIN = math.sqrt(2.0)
MARGIN = (
    CUTOUT_REACH * ROTATION_MARGIN
)  # radii from the middle of a cutout to its sides
MOST_ENLARGEMENT = 2.0
LARGEST_RADIUS = math.sqrt(LARGEST_IMAGE) / (2.0 * MARGIN)  # px


def cutout_side(radius: float, size: int) -> float:
    """Return the side (px in the frame) of a cutout of `size` px.

    It holds `REACH` radii each way in any rotation; small galaxies are not enlarged
    more than `MOST_ENLARGEMENT` times.
    """
    return max(2.0 * MARGIN * radius, size / MOST_ENLARGEMENT)
