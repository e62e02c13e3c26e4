"""What is measured of detections: fluxes, neighbours, flags."""

import numpy as np
import pandas as pd
import sep
from scipy.spatial import cKDTree

from galvote.catalog.flags import Flag
from galvote.catalog.rows import FRAME_COLUMNS, GALAXY_COLUMNS
from galvote.detection.flagging import flag_image, flag_size
from galvote.detection.psf import PSF
from galvote.detection.stars import star_probability
from galvote.inputs.frames import Frame, Plane
from galvote.inputs.ids import place_name


def band_flux(
    plane: Plane, detections: pd.DataFrame, segments: np.ndarray
) -> np.ndarray:
    """Measure the flux (counts) of detections in another band, in the same ellipses."""
    if len(detections) == 0:
        return np.empty(0)
    mask = ~np.isfinite(plane.data)
    theta = np.clip(np.radians(detections["position_angle"]), -np.pi / 2, np.pi / 2)
    flux, _, _ = sep.sum_ellipse(
        np.where(mask, np.float32(0.0), plane.data),
        *(detections[name].to_numpy(np.float64) for name in ("x", "y", "a", "b")),
        theta.to_numpy(),
        detections["aperture"].to_numpy(),
        subpix=5,
        mask=mask,
        segmap=segments,
        seg_id=detections["segment"].to_numpy(np.int32),
    )
    return flux


def circle_flux(
    plane: Plane, places: pd.DataFrame, radius: pd.Series, segments: np.ndarray
) -> np.ndarray:
    """Measure the flux (counts) of the sky in circles of `radius` px about `x`, `y`."""
    if len(places) == 0:
        return np.empty(0)
    mask = ~np.isfinite(plane.data) | (segments > 0)
    image = np.where(mask, np.float32(0.0), plane.data - np.float32(plane.sky))
    x, y = (places[name].to_numpy(np.float64) for name in ("x", "y"))
    return sep.sum_circle(image, x, y, radius.to_numpy(np.float64), mask=mask)[0]


def count_neighbours(places: pd.DataFrame, detections: pd.DataFrame) -> np.ndarray:
    """Count the other detections within `radius` (px) of each place."""
    if len(places) == 0 or len(detections) == 0:
        return np.zeros(len(places), dtype=np.int32)
    points = detections[["x", "y"]].to_numpy()
    at = places[["x", "y"]].to_numpy()
    radius = np.nan_to_num(places["radius"].to_numpy())
    inside = cKDTree(points).query_ball_point(at, radius, return_length=True)
    own = (
        detections.set_index("segment")[["x", "y"]]
        .reindex(places["segment"])
        .to_numpy()
    )
    counted = np.hypot(*(own - at).T) <= radius
    return (inside - counted).astype(np.int32)


def catalog_rows_of_frame(
    targets: pd.DataFrame, name: str, frame: Frame
) -> pd.DataFrame:
    """Return the catalogue's rows for the targets in one frame.

    Parameters
    ----------
    targets : from `measure`.
    name : of the source in the config.
    frame : where they are; its name, if it has one, is part of the ids.

    Returns
    -------
    `GALAXY_COLUMNS`, fluxes of bands, `row`, and `FRAME_COLUMNS` where the source has
    many files.
    """
    rows = targets.copy()
    place = place_name(name, frame.key)
    rows["id"] = [
        f"{place}_x{round(x):05d}_y{round(y):05d}"
        for x, y in zip(rows["x"], rows["y"], strict=True)
    ]
    rows["source"], rows["hdu"] = name, frame.name
    rows["ra"], rows["dec"] = frame.sky_at(rows["x"].to_numpy(), rows["y"].to_numpy())
    more = [c for c in rows if c.startswith("flux_") or c == "row"]
    if frame.file:
        rows["frame"], rows["file"] = frame.key, frame.file
        more += FRAME_COLUMNS
    return rows[GALAXY_COLUMNS + more]


def measure(
    targets: pd.DataFrame,
    detections: pd.DataFrame,
    frame: Frame,
    psf: PSF | None,
    *,
    saturation: float | None,
    resolved_above: float,
) -> pd.DataFrame:
    """Add flags, star probability and number of neighbours to the targets in a frame.

    Parameters
    ----------
    targets : what goes into the catalogue: detections, or a table of `detections_at`.
    detections : table of `find_detections`: all in the frame.
    frame : in which they were made.
    psf : of the frame, None where it is unknown: nothing is taken for a star then.
    saturation : value of a saturated pixel (counts, the background included), or None.
    resolved_above : half-light radius in units of the PSF's at which a detection
        is resolved.
    """
    rows = targets.copy()
    rows["star_probability"] = np.nan
    flags = flag_image(rows, frame, saturation) | rows["more_flags"].to_numpy()
    if psf is not None:
        stars = pd.Series(
            star_probability(detections, psf), index=detections["segment"]
        )
        rows["star_probability"] = stars.reindex(rows["segment"]).to_numpy()
        rows.loc[flags & Flag.UNDETECTED.value != 0, "star_probability"] = np.nan
    rows.loc[flags & Flag.STAR.value != 0, "star_probability"] = 1.0
    if psf is not None:
        flags |= flag_size(rows, psf, resolved_above)
    rows["flags"] = flags
    rows["n_neighbours"] = count_neighbours(rows, detections)
    return rows
