"""What is detected at positions that a user brings."""

import numpy as np
import pandas as pd

from galvote.catalog.flags import Flag
from galvote.detection.flagging import flag_undecided
from galvote.detection.measuring import circle_flux
from galvote.detection.psf import PSF
from galvote.detection.search import RADIUS, signal_to_noise
from galvote.inputs.frames import Frame

LEAST_HALF_LIGHT = 1.5  # px, of what is not detected and has no size of its own


def detections_at(
    places: pd.DataFrame,
    detections: pd.DataFrame,
    segments: np.ndarray,
    frame: Frame,
    psf: PSF,
) -> pd.DataFrame:
    """Return what was detected at given places, with exactly these positions.

    Where nothing was detected the size is the one given, or that of the PSF, and the
    flux is what a circle of three half-light radii holds.

    Parameters
    ----------
    places : from `places_in`.
    detections, segments : from `find_detections`.
    frame : in which they lie.
    psf : of the frame.
    """
    columns, rows = (places[c].round().astype(int).to_numpy() for c in ("x", "y"))
    segment = segments[rows, columns]
    at = detections.set_index("segment", drop=False).reindex(segment)
    at = at.reset_index(drop=True).drop(columns=["x", "y", "segment"])
    seen = at["flux"].notna().to_numpy()
    targets = pd.concat([places.drop(columns="radius"), at], axis=1)
    given = places["radius"].where(places["radius"] > 0)
    guess = np.fmax(psf.half_light, LEAST_HALF_LIGHT)
    half_light = (given / RADIUS).fillna(guess)
    targets["segment"] = segment.astype(np.int32)
    targets["radius"] = given.fillna(at["radius"].where(seen, RADIUS * half_light))
    flux = circle_flux(
        frame.planes[0], targets.loc[~seen], RADIUS * half_light[~seen], segments
    )
    unseen = {
        "half_light": half_light[~seen],
        "flux": flux,
        "axis_ratio": 1.0,
        "position_angle": 0.0,
        "fwhm": 2.0 * half_light[~seen],
        "peak": -np.inf,
        "a": half_light[~seen],
        "b": half_light[~seen],
        "aperture": RADIUS,
    }
    for column, values in unseen.items():
        targets.loc[~seen, column] = values
    noise = frame.planes[0].noise
    ratio = signal_to_noise(flux, half_light[~seen].to_numpy(), noise)
    targets.loc[~seen, "signal_to_noise"] = ratio
    shared = pd.Series(segment).duplicated(keep=False).to_numpy() & seen
    targets["deblended"] = np.where(seen, at["deblended"].fillna(False), False) | shared
    targets["more_flags"] = np.where(seen, 0, Flag.UNDETECTED.value).astype(np.int32)
    flag_undecided(targets, segments)
    return targets.astype({"deblended": bool})
