"""Finding detections in an image of the sky, with sep."""

import numpy as np
import pandas as pd
import sep
from scipy.ndimage import convolve, gaussian_filter

from galvote.base.errors import InputError
from galvote.detection.psf import gaussian_psf
from galvote.inputs.frames import Plane, background_of, middle_of

LEAST_BUFFER = 300_000  # px
LEAST_AREA = 5  # of anything that is hidden in the cutouts of others
MOST_PARTS = 8192  # of one blended detection
KRON_RADIUS = 6.0  # reach of the Kron moment in units of the axes (SExtractor's own)
KRON_FACTOR = 2.5  # Kron radii in the flux ellipse (Kron 1980; SExtractor's own)
LEAST_FACTOR = 3.5  # axes in a flux ellipse at least (SExtractor's own): noise can make
LEAST_APERTURE = 3.5  # px, the Kron radius of a faint or small galaxy collapse
CENTRE_WINDOW = 2.2  # widths of a round galaxy in the window that gives its centre
CENTRE_REACH = 3.0  # widths of the window at which it is cut
CENTRE_STEPS = 2
RADIUS = 3.0  # half-light radii in a `radius`


def find_detections(
    plane: Plane,
    *,
    threshold: float,
    smoothing: float,
    min_area: int,
    deblend_levels: int,
    deblend_contrast: float,
    background_box: int = 64,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Find the detections in an image and measure them.

    Light of neighbours is left out of all apertures by the segmentation map.

    Parameters
    ----------
    plane : what is searched.
    threshold : in units of the noise of the smoothed image.
    smoothing : full width at half maximum of the Gaussian that smooths the image for
        the search (px); the measurements are made on the image itself.
    min_area : px above the threshold; what is smaller is in the segmentation map only.
    deblend_levels, deblend_contrast : as in SExtractor.
    background_box : side of the boxes in which the smoothed image's noise is measured.

    Returns
    -------
    detections : `x`, `y` (0-based px), `flux` (counts), `half_light` (px), `radius`
        (px, three half-light radii), `axis_ratio`, `position_angle` (deg from +x to
        +y), `fwhm` (px, of the Gaussian with the same second moments), `peak` (counts),
        `signal_to_noise`, `a`, `b` (px, second moments), `aperture` (Kron factor of
        the flux), `deblended` (bool), `segment`, `more_flags` (bits that the search
        itself gives).
    segments : int32 (ny, nx), `segment` of the detection of each pixel, 0 for none.
    """
    image = np.ascontiguousarray(plane.data - np.float32(plane.sky))
    mask = ~np.isfinite(image)
    image[mask] = 0.0
    side = 2 * int(np.ceil(smoothing)) + 1
    kernel = gaussian_psf(smoothing, side).astype(np.float32)
    noise = plane.noise * _smoothed_noise(
        image, mask, kernel, plane.noise, background_box
    )
    detections, segments = _extract(
        image,
        threshold,
        err=noise * _smoothed_pattern(plane, smoothing),
        filter_kernel=kernel,
        filter_type="conv",
        mask=mask,
        minarea=min(LEAST_AREA, min_area),
        deblend_nthresh=deblend_levels,
        deblend_cont=deblend_contrast,
        segmentation_map=True,
    )
    large = detections["npix"] >= min_area
    numbers = np.arange(1, len(detections) + 1, dtype=np.int32)[large]
    detections = detections[large]
    _centre(detections, numbers, image, segments)
    flux, half_light, aperture = _kron_photometry(
        image, mask, segments, detections, numbers
    )
    return pd.DataFrame(
        {
            "x": detections["x"],
            "y": detections["y"],
            "flux": flux,
            "half_light": half_light,
            "radius": RADIUS * half_light,
            "axis_ratio": detections["b"] / detections["a"],
            "position_angle": np.degrees(detections["theta"]),
            "fwhm": 2.0
            * np.sqrt(np.log(2.0) * (detections["a"] ** 2 + detections["b"] ** 2)),
            "peak": detections["peak"],
            "signal_to_noise": signal_to_noise(flux, half_light, plane.noise),
            "a": detections["a"],
            "b": detections["b"],
            "aperture": aperture,
            "deblended": (detections["flag"] & sep.OBJ_MERGED) != 0,
            "segment": numbers,
            "more_flags": np.zeros(len(detections), dtype=np.int32),
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
    detections: np.ndarray, numbers: np.ndarray, image: np.ndarray, segments: np.ndarray
) -> None:
    """Move `x` and `y` of detections to the centre of their light in Gaussian windows.

    The isophotal centre of a galaxy with lumps is that of the lumps above the
    threshold; a window as wide as the galaxy weighs in the light below it. It is
    SExtractor's XWIN_IMAGE with the galaxy's own ellipse, without its neighbours. A
    centre that leaves the ellipse stays where it was.
    """
    ratio = detections["b"] / detections["a"]
    scale = np.fmax(1.0, CENTRE_WINDOW * np.sqrt(ratio))  # narrow along a thin galaxy
    cos, sin = np.cos(detections["theta"]), np.sin(detections["theta"])
    for i, detection in enumerate(detections):
        width = scale[i] * detection["a"]
        reach = int(np.ceil(CENTRE_REACH * width))
        left, bottom = (max(int(detection[axis]) - reach, 0) for axis in "xy")
        window = np.s_[
            bottom : int(detection["y"]) + reach + 1,
            left : int(detection["x"]) + reach + 1,
        ]
        others = (segments[window] != 0) & (segments[window] != numbers[i])
        light = np.where(others, np.float32(0.0), image[window])
        dy, dx = np.ogrid[: light.shape[0], : light.shape[1]]
        dy, dx = dy + bottom - detection["y"], dx + left - detection["x"]
        moved = np.zeros(2)
        for _ in range(CENTRE_STEPS):
            across, up = dx - moved[0], dy - moved[1]
            major = (across * cos[i] + up * sin[i]) / width
            minor = (up * cos[i] - across * sin[i]) / (width * ratio[i])
            weight = light * np.exp(-0.5 * (major**2 + minor**2))
            mean = [(weight * axis).sum() for axis in (across, up)] / weight.sum()
            moved = moved + 2.0 * mean
        if np.hypot(*moved) <= detection["a"]:
            detection["x"] += moved[0]
            detection["y"] += moved[1]


def _kron_photometry(
    image: np.ndarray,
    mask: np.ndarray,
    segments: np.ndarray,
    detections: np.ndarray,
    numbers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the flux in Kron ellipses, the radius (px) of half of it, and the factor.

    The factor turns the second moments into the axes of the ellipse.
    """
    if len(detections) == 0:
        return np.empty(0), np.empty(0), np.empty(0)
    theta = np.clip(detections["theta"], -np.pi / 2, np.pi / 2)
    neighbours = {
        "mask": mask,
        "segmap": segments,
        "seg_id": numbers,
    }
    position = image, detections["x"], detections["y"]
    ellipse = detections["a"], detections["b"], theta
    kron, _ = sep.kron_radius(*position, *ellipse, KRON_RADIUS, **neighbours)
    least = np.fmax(
        LEAST_FACTOR, LEAST_APERTURE / np.sqrt(detections["a"] * detections["b"])
    )
    factor = np.fmax(KRON_FACTOR * kron, least)
    flux, _, _ = sep.sum_ellipse(*position, *ellipse, factor, subpix=5, **neighbours)
    reach = np.fmax(KRON_RADIUS * detections["a"], LEAST_APERTURE)
    half_light, _ = sep.flux_radius(
        *position, reach, 0.5, normflux=flux, subpix=5, **neighbours
    )
    return flux, half_light, factor
