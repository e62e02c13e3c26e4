"""Flags that pixels, sizes and spikes give to detections."""

import numpy as np
import pandas as pd
import sep

from galvote.catalog.flags import Flag
from galvote.detection.framing import MARGIN, own_detections
from galvote.detection.psf import PSF
from galvote.inputs.frames import Frame

SPIKE_AXIS_RATIO = 0.5  # a spike is thinner,
SPIKE_ANGLE = 20.0  # points at its star to within so many degrees,
SPIKE_REACH = 4.0  # lies within so many radii of it
SPIKE_FLUX = 0.2  # and has less than this share of its flux
STAR = 0.5  # probability from which a detection is flagged as a star


def flag_image(
    detections: pd.DataFrame, frame: Frame, saturation: float | None
) -> np.ndarray:
    """Return the flag bits that the image itself gives (see `catalog.Flag`).

    Parameters
    ----------
    detections : table of `find_detections`.
    frame : in which they were made.
    saturation : value of a saturated pixel (counts, the background included), or None.
    """
    flags = np.zeros(len(detections), dtype=np.int32)
    if len(detections) == 0:
        return flags
    plane = frame.planes[0]
    ny, nx = frame.shape
    x, y, reach = (detections[name].to_numpy() for name in ("x", "y", "radius"))
    room = np.minimum.reduce([x, y, nx - 1 - x, ny - 1 - y])
    flags[room < reach] |= Flag.EDGE
    flags[room < MARGIN * reach] |= Flag.PADDED
    flags[detections["deblended"].to_numpy()] |= Flag.BLENDED
    bad = ~np.isfinite(plane.data)
    if bad.any():
        flags[_holds_bad_pixels(bad, x, y, reach)] |= Flag.MASKED
    if saturation is not None:
        saturated = detections["peak"].to_numpy() + plane.level >= saturation
        flags[saturated] |= Flag.SATURATED
        spikes, stars = find_spikes(detections, saturated)
        flags[spikes] |= Flag.SPIKE
        flags[stars] |= Flag.STAR
    return flags


def _holds_bad_pixels(
    bad: np.ndarray, x: np.ndarray, y: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Tell which circles (px) hold pixels without a value."""
    counts, _, _ = sep.sum_circle(
        bad.astype(np.float32),
        x,
        y,
        np.fmax(np.nan_to_num(reach, nan=3.0), 1.0),
        subpix=1,
    )
    return counts > 0


def flag_size(detections: pd.DataFrame, psf: PSF, resolved_above: float) -> np.ndarray:
    """Return the flag bits of detections that are small, or stars.

    Parameters
    ----------
    detections : with `half_light` (px) and `star_probability`.
    psf : of their frame.
    resolved_above : half-light radius in units of the PSF's at which a detection
        is resolved.
    """
    flags = np.zeros(len(detections), dtype=np.int32)
    small = detections["half_light"] <= resolved_above * psf.half_light
    seen = detections["more_flags"] & Flag.UNDETECTED.value == 0
    flags[small & seen] |= Flag.UNRESOLVED
    flags[detections["star_probability"] > STAR] |= Flag.STAR
    return flags


def flag_undecided(targets: pd.DataFrame, segments: np.ndarray) -> None:
    """Add a bit to `more_flags` of targets that may be another detection, in place.

    Parameters
    ----------
    targets : with `x`, `y`, `radius` (px), `segment` and `more_flags`.
    segments : int32 (ny, nx), number of the detection of each pixel, 0 for none.
    """
    columns = ["x", "y", "radius", "segment"]
    undecided = [
        bool(own_detections(segments, x, y, radius, int(segment)) - {int(segment)})
        for x, y, radius, segment in targets[columns].to_numpy()
    ]
    bits = np.where(undecided, Flag.UNDECIDED.value, 0)
    targets["more_flags"] = (targets["more_flags"] | bits).astype(np.int32)


def find_spikes(
    detections: pd.DataFrame, saturated: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tell which detections are diffraction spikes, and which are stars that have them.

    A spike is thin, faint and points at a saturated star beside it.
    """
    spikes = np.zeros(len(detections), dtype=bool)
    stars = np.zeros(len(detections), dtype=bool)
    x, y, flux = (detections[name].to_numpy() for name in ("x", "y", "flux"))
    thin = (detections["axis_ratio"] < SPIKE_AXIS_RATIO).to_numpy()
    for star in np.flatnonzero(saturated):
        dx, dy = x - x[star], y - y[star]
        near = np.hypot(dx, dy) < SPIKE_REACH * detections["radius"].iloc[star]
        turn = detections["position_angle"].to_numpy() - np.degrees(np.arctan2(dy, dx))
        aligned = np.abs((turn + 90.0) % 180.0 - 90.0) < SPIKE_ANGLE
        its = thin & near & aligned & (flux < SPIKE_FLUX * flux[star])
        spikes |= its
        stars[star] = its.any()
    return spikes, stars
