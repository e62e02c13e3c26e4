"""What the catalogue's column `flags` says of a galaxy."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from galvote.base.reasons import ALWAYS, NO_PART

if TYPE_CHECKING:
    import numpy as np


class Flag(IntFlag):
    """Bits of the catalogue's column `flags`."""

    EDGE = 1
    BLENDED = 2
    UNRESOLVED = 4
    SATURATED = 8
    SPIKE = 16
    MASKED = 32
    STAR = 64
    UNDETECTED = 128
    PADDED = 256
    OFF_CENTRE = 512
    UNDECIDED = 1024


FLAG_REASONS = {
    Flag.EDGE: "reaches over the image's edge",
    Flag.BLENDED: "was taken apart from a neighbour",
    Flag.UNRESOLVED: "is not larger than the PSF",
    Flag.SATURATED: "is saturated",
    Flag.SPIKE: "looks like the diffraction spike of a saturated star",
    Flag.MASKED: "has pixels without a value within its radius",
    Flag.STAR: "looks like a star",
    Flag.UNDETECTED: "is not detected at the position given",
    Flag.PADDED: "has a cutout that reaches over the image's edge",
    Flag.OFF_CENTRE: "lies far from the middle of its image",
    Flag.UNDECIDED: "may be another detection that lies across its centre",
}


def reasons_of(flags: np.ndarray, include_unresolved: bool = False) -> np.ndarray:
    """Say why galaxies are not clustered: text (N,), one of `NO_PART` or nothing.

    Parameters
    ----------
    flags : (N,) of the catalogue.
    include_unresolved : whether stars and unresolved galaxies are clustered, too.
    """
    from numpy import select  # not loaded where a config is checked

    reasons = [ALWAYS] if include_unresolved else list(reversed(NO_PART))
    conditions = [flags & Flag[reason.upper()] > 0 for reason in reasons]
    return select(conditions, reasons, "").astype(object)
