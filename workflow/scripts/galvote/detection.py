"""Sources of a frame: found and measured by sep."""

import numpy as np
import pandas as pd
import sep
from scipy.ndimage import convolve, gaussian_filter
from scipy.spatial import cKDTree

from galvote.base.errors import InputError
from galvote.catalog.flags import Flag
from galvote.catalog.rows import GALAXY_COLUMNS
from galvote.inputs.frames import Frame, Plane, background_of, middle_of
from galvote.point_sources import PSF, gaussian_psf, star_probability
from galvote.source_flags import flag_image, flag_size

LEAST_BUFFER = 300_000  # px
LEAST_PIXELS = 5  # of anything that is hidden in the cutouts of others
MOST_PARTS = 8192  # of one blended source
KRON_RADIUS = 6.0  # reach of the Kron moment in units of the axes (SExtractor's own)
KRON_FACTOR = 2.5  # Kron radii in the flux ellipse (Kron 1980; SExtractor's own)
LEAST_FACTOR = 3.5  # axes in a flux ellipse at least (SExtractor's own): noise can make
LEAST_APERTURE = 3.5  # px, the Kron radius of a faint or small source collapse
WINDOW = 2.2  # widths of a round source in the window that gives its centre
WINDOW_REACH = 3.0  # widths of the window at which it is cut
WINDOW_STEPS = 2
RADIUS = 3.0  # half-light radii in a `radius`


def find_sources(
    plane: Plane,
    *,
    threshold: float,
    smoothing: float,
    min_area: int,
    deblend_levels: int,
    deblend_contrast: float,
    background_box: int = 64,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Find sources in an image and measure them.

    Light of neighbours is left out of all apertures by the segmentation map.

    Parameters
    ----------
    plane : what they are found in.
    threshold : in units of the noise of the smoothed image.
    smoothing : full width at half maximum of the Gaussian that smooths the image for
        the search (px); the measurements are made on the image itself.
    min_area : px above the threshold; what is smaller is in the segmentation map only.
    deblend_levels, deblend_contrast : as in SExtractor.
    background_box : side of the boxes in which the smoothed image's noise is measured.

    Returns
    -------
    sources : `x`, `y` (0-based px), `flux` (counts), `half_light` (px), `radius` (px,
        three half-light radii), `axis_ratio`, `position_angle` (deg from +x to +y),
        `fwhm` (px, of the Gaussian with the same second moments), `peak` (counts),
        `signal_to_noise`, `a`, `b` (px, second moments), `aperture` (Kron factor of
        the flux), `deblended` (bool), `segment`, `more_flags` (bits that the search
        itself gives).
    segments : int32 (ny, nx), `segment` of the source of each pixel, 0 for none.
    """
    image = np.ascontiguousarray(plane.data - np.float32(plane.sky))
    mask = ~np.isfinite(image)
    image[mask] = 0.0
    side = 2 * int(np.ceil(smoothing)) + 1
    kernel = gaussian_psf(smoothing, side).astype(np.float32)
    noise = plane.noise * _smoothed_noise(
        image, mask, kernel, plane.noise, background_box
    )
    found, segments = _extract(
        image,
        threshold,
        err=noise * _smoothed_pattern(plane, smoothing),
        filter_kernel=kernel,
        filter_type="conv",
        mask=mask,
        minarea=min(LEAST_PIXELS, min_area),
        deblend_nthresh=deblend_levels,
        deblend_cont=deblend_contrast,
        segmentation_map=True,
    )
    large = found["npix"] >= min_area
    numbers = np.arange(1, len(found) + 1, dtype=np.int32)[large]
    found = found[large]
    _centre(found, numbers, image, segments)
    flux, half_light, aperture = _kron_photometry(image, mask, segments, found, numbers)
    return pd.DataFrame(
        {
            "x": found["x"],
            "y": found["y"],
            "flux": flux,
            "half_light": half_light,
            "radius": RADIUS * half_light,
            "axis_ratio": found["b"] / found["a"],
            "position_angle": np.degrees(found["theta"]),
            "fwhm": 2.0 * np.sqrt(np.log(2.0) * (found["a"] ** 2 + found["b"] ** 2)),
            "peak": found["peak"],
            "signal_to_noise": signal_to_noise(flux, half_light, plane.noise),
            "a": found["a"],
            "b": found["b"],
            "aperture": aperture,
            "deblended": (found["flag"] & sep.OBJ_MERGED) != 0,
            "segment": numbers,
            "more_flags": np.zeros(len(found), dtype=np.int32),
        }
    ), segments


def signal_to_noise(
    flux: np.ndarray, half_light: np.ndarray, noise: float
) -> np.ndarray:
    """Return the flux over the noise in the area of two half-light radii.

    Parameters
    ----------
    flux : counts.
    half_light : px.
    noise : of a pixel, counts.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return flux / (noise * np.sqrt(np.pi) * 2.0 * half_light)


def _smoothed_noise(
    image: np.ndarray, mask: np.ndarray, kernel: np.ndarray, noise: float, box: int
) -> float:
    """Return by how much smoothing lowers the noise: less where it is correlated."""
    if not noise > 0:
        return 1.0
    middle = middle_of(image.shape)
    smoothed = convolve(image[middle], kernel, mode="nearest")
    smoothed[mask[middle]] = np.nan
    rms = background_of(smoothed, min(box, *smoothed.shape)).globalrms
    return float(rms / noise) or 1.0


def _smoothed_pattern(plane: Plane, fwhm: float) -> np.ndarray | float:
    """Return a noise map in units of its level, as smoothing spreads the noise.

    Variances add with the squares of the kernel, a Gaussian narrower by root 2.
    """
    if plane.rms is None:
        return 1.0
    known = np.isfinite(plane.rms)
    variance = np.where(known, (plane.rms / plane.noise) ** 2, 0.0)
    width = fwhm / np.sqrt(16.0 * np.log(2.0))
    spread = np.sqrt(gaussian_filter(variance, width, mode="nearest"))
    return np.where(known, spread, np.inf).astype(np.float32)


def _extract(image: np.ndarray, threshold: float, **options: object) -> tuple:
    """Run sep.extract with a pixel buffer as large as the image needs."""
    sep.set_sub_object_limit(MOST_PARTS)
    sep.set_extract_pixstack(max(LEAST_BUFFER, image.size // 10))
    try:
        return sep.extract(image, threshold, **options)
    except Exception as error:
        if "pixel buffer" not in str(error):
            raise InputError(f"sep cannot find its sources: {error}") from None
    sep.set_extract_pixstack(2 * image.size)
    return sep.extract(image, threshold, **options)


def _centre(
    found: np.ndarray, numbers: np.ndarray, image: np.ndarray, segments: np.ndarray
) -> None:
    """Move `x` and `y` of sources to the centre of their light in Gaussian windows.

    The isophotal centre of a galaxy with lumps is that of the lumps above the
    threshold; a window as wide as the galaxy weighs in the light below it. It is
    SExtractor's XWIN_IMAGE with the galaxy's own ellipse, without its neighbours. A
    centre that leaves the ellipse stays where it was.
    """
    ratio = found["b"] / found["a"]
    scale = np.fmax(1.0, WINDOW * np.sqrt(ratio))  # narrow along a thin galaxy
    cos, sin = np.cos(found["theta"]), np.sin(found["theta"])
    for i, source in enumerate(found):
        width = scale[i] * source["a"]
        reach = int(np.ceil(WINDOW_REACH * width))
        left, bottom = (max(int(source[axis]) - reach, 0) for axis in "xy")
        window = np.s_[
            bottom : int(source["y"]) + reach + 1, left : int(source["x"]) + reach + 1
        ]
        others = (segments[window] != 0) & (segments[window] != numbers[i])
        light = np.where(others, np.float32(0.0), image[window])
        dy, dx = np.ogrid[: light.shape[0], : light.shape[1]]
        dy, dx = dy + bottom - source["y"], dx + left - source["x"]
        moved = np.zeros(2)
        for _ in range(WINDOW_STEPS):
            across, up = dx - moved[0], dy - moved[1]
            major = (across * cos[i] + up * sin[i]) / width
            minor = (up * cos[i] - across * sin[i]) / (width * ratio[i])
            weight = light * np.exp(-0.5 * (major**2 + minor**2))
            mean = [(weight * axis).sum() for axis in (across, up)] / weight.sum()
            moved = moved + 2.0 * mean
        if np.hypot(*moved) <= source["a"]:
            source["x"] += moved[0]
            source["y"] += moved[1]


def _kron_photometry(
    image: np.ndarray,
    mask: np.ndarray,
    segments: np.ndarray,
    found: np.ndarray,
    numbers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the flux in Kron ellipses, the radius (px) of half of it, and the factor.

    The factor turns the second moments into the axes of the ellipse.
    """
    if len(found) == 0:
        return np.empty(0), np.empty(0), np.empty(0)
    theta = np.clip(found["theta"], -np.pi / 2, np.pi / 2)
    neighbours = {
        "mask": mask,
        "segmap": segments,
        "seg_id": numbers,
    }
    position = image, found["x"], found["y"]
    ellipse = found["a"], found["b"], theta
    kron, _ = sep.kron_radius(*position, *ellipse, KRON_RADIUS, **neighbours)
    least = np.fmax(LEAST_FACTOR, LEAST_APERTURE / np.sqrt(found["a"] * found["b"]))
    factor = np.fmax(KRON_FACTOR * kron, least)
    flux, _, _ = sep.sum_ellipse(*position, *ellipse, factor, subpix=5, **neighbours)
    reach = np.fmax(KRON_RADIUS * found["a"], LEAST_APERTURE)
    half_light, _ = sep.flux_radius(
        *position, reach, 0.5, normflux=flux, subpix=5, **neighbours
    )
    return flux, half_light, factor


def band_flux(plane: Plane, sources: pd.DataFrame, segments: np.ndarray) -> np.ndarray:
    """Measure the flux (counts) of sources in another band, in the same ellipses."""
    if len(sources) == 0:
        return np.empty(0)
    mask = ~np.isfinite(plane.data)
    theta = np.clip(np.radians(sources["position_angle"]), -np.pi / 2, np.pi / 2)
    flux, _, _ = sep.sum_ellipse(
        np.where(mask, np.float32(0.0), plane.data),
        *(sources[name].to_numpy(np.float64) for name in ("x", "y", "a", "b")),
        theta.to_numpy(),
        sources["aperture"].to_numpy(),
        subpix=5,
        mask=mask,
        segmap=segments,
        seg_id=sources["segment"].to_numpy(np.int32),
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


def count_neighbours(places: pd.DataFrame, found: pd.DataFrame) -> np.ndarray:
    """Count the other sources that were found within `radius` of each place (px)."""
    if len(places) == 0 or len(found) == 0:
        return np.zeros(len(places), dtype=np.int32)
    points = found[["x", "y"]].to_numpy()
    at = places[["x", "y"]].to_numpy()
    radius = np.nan_to_num(places["radius"].to_numpy())
    inside = cKDTree(points).query_ball_point(at, radius, return_length=True)
    own = found.set_index("segment")[["x", "y"]].reindex(places["segment"]).to_numpy()
    counted = np.hypot(*(own - at).T) <= radius
    return (inside - counted).astype(np.int32)


def galaxy_rows(sources: pd.DataFrame, name: str, frame: Frame) -> pd.DataFrame:
    """Return the galaxies' rows for the sources of one frame.

    Parameters
    ----------
    sources : from `measure`.
    name : of the source in the config.
    frame : where they are; its name, if it has one, is part of the ids.
    """
    rows = sources.copy()
    place = f"{name}_h{frame.name}" if frame.name else name
    rows["id"] = [
        f"{place}_x{round(x):05d}_y{round(y):05d}"
        for x, y in zip(rows["x"], rows["y"], strict=True)
    ]
    rows["source"], rows["hdu"] = name, frame.name
    rows["ra"], rows["dec"] = frame.sky_at(rows["x"].to_numpy(), rows["y"].to_numpy())
    more = [c for c in rows if c.startswith("flux_") or c == "row"]
    return rows[GALAXY_COLUMNS + more]


def measure(
    sources: pd.DataFrame,
    found: pd.DataFrame,
    frame: Frame,
    psf: PSF | None,
    *,
    saturation: float | None,
    resolved_above: float,
) -> pd.DataFrame:
    """Add flags, star probability and number of neighbours to the sources of a frame.

    Parameters
    ----------
    sources : found by `find_sources`, or at given places among them.
    found : all that `find_sources` found.
    frame : where they were found.
    psf : of the frame, None where it is unknown: no source is a star then.
    saturation : value of a saturated pixel (counts, the background included), or None.
    resolved_above : half-light radius in units of the PSF's at which a source is
        resolved.
    """
    rows = sources.copy()
    rows["star_probability"] = np.nan
    flags = flag_image(rows, frame, saturation) | rows["more_flags"].to_numpy()
    if psf is not None:
        stars = pd.Series(star_probability(found, psf), index=found["segment"])
        rows["star_probability"] = stars.reindex(rows["segment"]).to_numpy()
        rows.loc[flags & Flag.UNDETECTED.value != 0, "star_probability"] = np.nan
    rows.loc[flags & Flag.STAR.value != 0, "star_probability"] = 1.0
    if psf is not None:
        flags |= flag_size(rows, psf, resolved_above)
    rows["flags"] = flags
    rows["n_neighbours"] = count_neighbours(rows, found)
    return rows
