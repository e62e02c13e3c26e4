"""Sources of a frame: found by sep, measured, flagged."""

import numpy as np
import pandas as pd
import sep
from scipy.spatial import cKDTree

from galvote.catalog import GALAXY_COLUMNS, Flag
from galvote.frames import Frame

LEAST_BUFFER = 300_000  # px
MOST_PARTS = 8192  # of one blended source
KRON_RADIUS = 6.0  # reach of the Kron moment in units of the axes (SExtractor's own)
KRON_FACTOR = 2.5  # Kron radii in the flux ellipse (Kron 1980; SExtractor's own)
LEAST_APERTURE = 3.5  # px, where the Kron radius of a small source collapses
SPIKE_AXIS_RATIO = 0.5  # a spike is thinner,
SPIKE_ANGLE = 20.0  # points at its star to within so many degrees,
SPIKE_REACH = 4.0  # lies within so many radii of it
SPIKE_FLUX = 0.2  # and has less than this share of its flux


def find_sources(
    frame: Frame,
    *,
    threshold: float,
    min_area: int,
    deblend_levels: int,
    deblend_contrast: float,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Find sources in the mean of the bands and measure them.

    Light of neighbours is left out of all apertures by the segmentation map.

    Parameters
    ----------
    frame : the image, background subtracted.
    threshold : in units of the sky noise.
    min_area : px above the threshold.
    deblend_levels, deblend_contrast : as in SExtractor.

    Returns
    -------
    sources : `x`, `y` (0-based px), `flux` (counts), `half_light` (px), `radius` (px,
        three half-light radii), `axis_ratio`, `position_angle` (deg from +x to +y),
        `fwhm` (px, of the Gaussian with the same second moments), `peak` (counts),
        `deblended` (bool).
    segments : int32 (ny, nx), 1-based index of the source of each pixel, 0 for none.
    """
    image = np.ascontiguousarray(frame.mean)
    mask = ~np.isfinite(image)
    image[mask] = 0.0
    found, segments = _extract(
        image,
        threshold,
        err=frame.noise[-1],
        mask=mask,
        minarea=min_area,
        deblend_nthresh=deblend_levels,
        deblend_cont=deblend_contrast,
        segmentation_map=True,
    )
    flux, half_light = _kron_photometry(image, mask, segments, found)
    return pd.DataFrame(
        {
            "x": found["x"],
            "y": found["y"],
            "flux": flux,
            "half_light": half_light,
            "radius": 3.0 * half_light,
            "axis_ratio": found["b"] / found["a"],
            "position_angle": np.degrees(found["theta"]),
            "fwhm": 2.0 * np.sqrt(np.log(2.0) * (found["a"] ** 2 + found["b"] ** 2)),
            "peak": found["peak"],
            "deblended": (found["flag"] & sep.OBJ_MERGED) != 0,
        }
    ), segments


def _extract(image: np.ndarray, threshold: float, **options: object) -> tuple:
    """Run sep.extract with a pixel buffer as large as the image needs."""
    sep.set_sub_object_limit(MOST_PARTS)
    sep.set_extract_pixstack(max(LEAST_BUFFER, image.size // 10))
    try:
        return sep.extract(image, threshold, **options)
    except Exception as error:
        if "pixel buffer" not in str(error):
            raise
    sep.set_extract_pixstack(2 * image.size)
    return sep.extract(image, threshold, **options)


def _kron_photometry(
    image: np.ndarray, mask: np.ndarray, segments: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the flux in Kron ellipses and the radius (px) that holds half of it."""
    if len(found) == 0:
        return np.empty(0), np.empty(0)
    theta = np.clip(found["theta"], -np.pi / 2, np.pi / 2)
    neighbours = {
        "mask": mask,
        "segmap": segments,
        "seg_id": np.arange(1, len(found) + 1, dtype=np.int32),
    }
    position = image, found["x"], found["y"]
    ellipse = found["a"], found["b"], theta
    kron, _ = sep.kron_radius(*position, *ellipse, KRON_RADIUS, **neighbours)
    least = LEAST_APERTURE / np.sqrt(found["a"] * found["b"])
    scale = np.fmax(KRON_FACTOR * kron, least)
    flux, _, _ = sep.sum_ellipse(*position, *ellipse, scale, subpix=5, **neighbours)
    reach = np.fmax(KRON_RADIUS * found["a"], LEAST_APERTURE)
    half_light, _ = sep.flux_radius(
        *position, reach, 0.5, normflux=flux, subpix=5, **neighbours
    )
    return flux, half_light


def flag_sources(
    sources: pd.DataFrame,
    frame: Frame,
    *,
    psf_fwhm: float,
    resolved_above: float,
    saturation: float | None,
) -> np.ndarray:
    """Return the flag bits of each source (see `catalog.Flag`).

    Parameters
    ----------
    sources : table of `find_sources`.
    frame : where they were found.
    psf_fwhm : px; a Gaussian PSF has half its FWHM as half-light radius.
    resolved_above : half-light radius in units of the PSF's at which a source is
        resolved.
    saturation : value of a saturated pixel in the mean of the bands (counts, the
        background included), or None.
    """
    flags = np.zeros(len(sources), dtype=np.int32)
    ny, nx = frame.planes.shape[1:]
    x, y, reach = (sources[name].to_numpy() for name in ("x", "y", "radius"))
    room = np.minimum.reduce([x, y, nx - 1 - x, ny - 1 - y])
    flags[room < reach] |= Flag.EDGE
    flags[sources["deblended"].to_numpy()] |= Flag.BLENDED
    unresolved = sources["half_light"] <= resolved_above * psf_fwhm / 2.0
    flags[unresolved] |= Flag.UNRESOLVED
    if saturation is not None:
        saturated = sources["peak"].to_numpy() + frame.level >= saturation
        flags[saturated] |= Flag.SATURATED
        flags[_are_spikes(sources, saturated)] |= Flag.SPIKE
    return flags


def _are_spikes(sources: pd.DataFrame, saturated: np.ndarray) -> np.ndarray:
    """Tell which sources are thin, faint and point at a saturated one beside them."""
    spikes = np.zeros(len(sources), dtype=bool)
    x, y, flux = (sources[name].to_numpy() for name in ("x", "y", "flux"))
    thin = (sources["axis_ratio"] < SPIKE_AXIS_RATIO).to_numpy()
    for star in np.flatnonzero(saturated):
        dx, dy = x - x[star], y - y[star]
        near = np.hypot(dx, dy) < SPIKE_REACH * sources["radius"].iloc[star]
        turn = sources["position_angle"].to_numpy() - np.degrees(np.arctan2(dy, dx))
        aligned = np.abs((turn + 90.0) % 180.0 - 90.0) < SPIKE_ANGLE
        spikes |= thin & near & aligned & (flux < SPIKE_FLUX * flux[star])
    return spikes


def count_neighbours(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Count the other sources within each source's `radius` (all in px)."""
    if len(x) == 0:
        return np.zeros(0, dtype=np.int32)
    points = np.column_stack([x, y])
    inside = cKDTree(points).query_ball_point(points, radius, return_length=True)
    return (inside - 1).astype(np.int32)


def galaxy_rows(
    sources: pd.DataFrame,
    flags: np.ndarray,
    name: str,
    frame: Frame,
    hdu: int | str | None,
) -> pd.DataFrame:
    """Return the galaxies' rows for the sources of one frame.

    Parameters
    ----------
    sources, flags : from `find_sources` and `flag_sources`.
    name : of the source in the config.
    hdu : of the source in the config.
    """
    rows = sources.copy()
    rows["id"] = [
        f"{name}_x{round(x):05d}_y{round(y):05d}"
        for x, y in zip(rows["x"], rows["y"], strict=True)
    ]
    rows["source"] = name
    rows["segment"] = np.arange(1, len(rows) + 1, dtype=np.int32)
    rows["hdu"] = "" if hdu is None else str(hdu)
    rows["flags"] = flags
    rows["n_neighbours"] = count_neighbours(
        *(rows[column].to_numpy() for column in ("x", "y", "radius"))
    )
    rows["ra"], rows["dec"] = np.nan, np.nan
    if frame.wcs is not None and len(rows):
        sky = frame.wcs.pixel_to_world(*rows[["x", "y"]].to_numpy().T).icrs
        rows["ra"], rows["dec"] = sky.ra.deg, sky.dec.deg
    return rows[GALAXY_COLUMNS]
