"""Flags that pixels, sizes and spikes give to sources."""

import numpy as np
import pandas as pd
import sep

from galvote.catalog.flags import Flag
from galvote.detection.framing import MARGIN
from galvote.detection.psf import PSF
from galvote.inputs.frames import Frame

SPIKE_AXIS_RATIO = 0.5  # a spike is thinner,
SPIKE_ANGLE = 20.0  # points at its star to within so many degrees,
SPIKE_REACH = 4.0  # lies within so many radii of it
SPIKE_FLUX = 0.2  # and has less than this share of its flux
STAR = 0.5  # probability from which a source is flagged as a star


def flag_image(
    sources: pd.DataFrame, frame: Frame, saturation: float | None
) -> np.ndarray:
    """Return the flag bits that the image itself gives (see `catalog.Flag`).

    Parameters
    ----------
    sources : table of `find_sources`.
    frame : where they were found.
    saturation : value of a saturated pixel (counts, the background included), or None.
    """
    flags = np.zeros(len(sources), dtype=np.int32)
    if len(sources) == 0:
        return flags
    plane = frame.planes[0]
    ny, nx = frame.shape
    x, y, reach = (sources[name].to_numpy() for name in ("x", "y", "radius"))
    room = np.minimum.reduce([x, y, nx - 1 - x, ny - 1 - y])
    flags[room < reach] |= Flag.EDGE
    flags[room < MARGIN * reach] |= Flag.PADDED
    flags[sources["deblended"].to_numpy()] |= Flag.BLENDED
    bad = ~np.isfinite(plane.data)
    if bad.any():
        flags[_holds_bad_pixels(bad, x, y, reach)] |= Flag.MASKED
    if saturation is not None:
        saturated = sources["peak"].to_numpy() + plane.level >= saturation
        flags[saturated] |= Flag.SATURATED
        spikes, stars = find_spikes(sources, saturated)
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


def flag_size(sources: pd.DataFrame, psf: PSF, resolved_above: float) -> np.ndarray:
    """Return the flag bits of sources that are small, or stars.

    Parameters
    ----------
    sources : with `half_light` (px) and `star_probability`.
    psf : of their frame.
    resolved_above : half-light radius in units of the PSF's at which a source is
        resolved.
    """
    flags = np.zeros(len(sources), dtype=np.int32)
    small = sources["half_light"] <= resolved_above * psf.half_light
    seen = sources["more_flags"] & Flag.UNDETECTED.value == 0
    flags[small & seen] |= Flag.UNRESOLVED
    flags[sources["star_probability"] > STAR] |= Flag.STAR
    return flags


def find_spikes(
    sources: pd.DataFrame, saturated: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tell which sources are diffraction spikes, and which the stars that have them.

    A spike is thin, faint and points at a saturated source beside it.
    """
    spikes = np.zeros(len(sources), dtype=bool)
    stars = np.zeros(len(sources), dtype=bool)
    x, y, flux = (sources[name].to_numpy() for name in ("x", "y", "flux"))
    thin = (sources["axis_ratio"] < SPIKE_AXIS_RATIO).to_numpy()
    for star in np.flatnonzero(saturated):
        dx, dy = x - x[star], y - y[star]
        near = np.hypot(dx, dy) < SPIKE_REACH * sources["radius"].iloc[star]
        turn = sources["position_angle"].to_numpy() - np.degrees(np.arctan2(dy, dx))
        aligned = np.abs((turn + 90.0) % 180.0 - 90.0) < SPIKE_ANGLE
        its = thin & near & aligned & (flux < SPIKE_FLUX * flux[star])
        spikes |= its
        stars[star] = its.any()
    return spikes, stars
