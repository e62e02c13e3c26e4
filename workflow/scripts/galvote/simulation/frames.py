"""Simulated frames of the sky whose objects are all known."""

from dataclasses import dataclass

import galsim
import numpy as np
import pandas as pd
import sep
from astropy.io import fits
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from galvote.simulation.artefacts import FWHM, make_artefact
from galvote.simulation.galaxies import ACCURACY, light_moments, make_galaxy
from galvote.simulation.survey import (
    CLASSES,
    DRAWN,
    NOISY,
    frame_side,
    objects_of,
    stream,
    wcs_of,
)

__all__ = ["CLASSES", "draw_objects", "simulate_frame"]

TRUTH_COLUMNS = [
    *("frame", "object", "class", "x", "y", "ra", "dec", "flux", "half_light"),
    *("half_light_observed", "signal_to_noise", "axis_ratio", "position_angle"),
    *("separation", "n", "bulge_share"),
]
SHAPE_COLUMNS = ["half_light", "axis_ratio", "position_angle", "n", "bulge_share"]
MOFFAT_BETA = 3.5
WINGS = 4.0  # FWHM of the PSF that a stamp reaches further than the galaxy
STAR_REACH = 15.0  # FWHM of the PSF
LARGEST_REACH = 400.0  # px
BRIGHT_STARS = 0.3  # share of the stars that are up to 100 times brighter


@dataclass(frozen=True)
class Light:
    """An object of flux 1 as the frame shows it.

    Attributes
    ----------
    stamp : (n, n), n odd.
    x, y : flux centroid from the stamp's middle pixel, px.
    half_light, axis_ratio, position_angle, n, bulge_share : columns of the truth.
    """

    stamp: np.ndarray
    x: float
    y: float
    half_light: float = 0.0
    axis_ratio: float = 1.0
    position_angle: float = 0.0
    n: float = np.nan
    bulge_share: float = np.nan


def survey_psf(settings: dict) -> galsim.GSObject:
    """Return the PSF, pixels included: `seeing` is the FWHM that a frame shows."""
    if settings["psf"] == "gaussian":
        return galsim.Gaussian(fwhm=settings["seeing"], gsparams=ACCURACY)
    return galsim.Moffat(MOFFAT_BETA, fwhm=settings["seeing"], gsparams=ACCURACY)


def draw_profile(
    profile: galsim.GSObject, reach: float, dx: float, dy: float
) -> np.ndarray:
    """Draw a profile, (n, n) with n odd, (dx, dy) px from the middle pixel."""
    side = 2 * int(np.ceil(min(reach, LARGEST_REACH))) + 1
    return profile.drawImage(
        nx=side, ny=side, scale=1.0, method="no_pixel", offset=(dx, dy), dtype=float
    ).array


def artefact_light(half_light: float, seeing: float, rng: np.random.Generator) -> Light:
    """Make an artefact; it keeps to whole pixels."""
    stamp = make_artefact(half_light, seeing, rng)
    axis = np.arange(len(stamp)) - len(stamp) // 2
    x, y = float(stamp.sum(axis=0) @ axis), float(stamp.sum(axis=1) @ axis)
    ratio, angle = light_moments(stamp, axis - x, (axis - y)[:, None])
    own = observed_half_light(stamp, x, y)
    return Light(stamp, x, y, own, ratio, float(np.degrees(angle) % 180.0))


def object_light(
    row: pd.Series,
    psf: galsim.GSObject,
    seeing: float,
    offset: tuple[float, float],
    rng: np.random.Generator,
) -> Light:
    """Make the light of one object.

    Parameters
    ----------
    row : its class and half-light radius (px).
    psf, seeing : the PSF and its FWHM (px).
    offset : x and y of its centre from the stamp's middle pixel, px.
    rng : of what is left to chance.
    """
    if row["class"] == "artefact":
        return artefact_light(row["half_light"], seeing, rng)
    if row["class"] == "star":
        return Light(draw_profile(psf, STAR_REACH * seeing, *offset), *offset)
    galaxy = make_galaxy(row["class"], row["half_light"], seeing, rng)
    seen = galsim.Convolve(galaxy.profile, psf, gsparams=ACCURACY)
    stamp = draw_profile(seen, galaxy.reach + WINGS * seeing, *offset)
    shape = galaxy.half_light, galaxy.axis_ratio, galaxy.position_angle
    return Light(stamp, *offset, *shape, galaxy.n, galaxy.bulge_share)


def observed_half_light(stamp: np.ndarray, x: float, y: float) -> float:
    """Return the radius (px) of the circle about the centroid with half of the flux."""
    middle = len(stamp) // 2
    radius, _ = sep.flux_radius(
        np.ascontiguousarray(stamp),
        [middle + x],
        [middle + y],
        [float(len(stamp))],
        0.5,
        normflux=[1.0],
        subpix=5,
    )
    return float(radius[0])


def add_stamp(image: np.ndarray, stamp: np.ndarray, column: int, row: int) -> None:
    """Add a stamp, (n, n), to an image where they overlap, in place.

    Parameters
    ----------
    image : (ny, nx).
    column, row : pixel of the image on which the stamp's middle falls.
    """
    low_x, low_y = column - len(stamp) // 2, row - len(stamp) // 2
    ny, nx = image.shape
    x0, x1 = max(low_x, 0), min(low_x + len(stamp), nx)
    y0, y1 = max(low_y, 0), min(low_y + len(stamp), ny)
    if x0 < x1 and y0 < y1:
        part = stamp[y0 - low_y : y1 - low_y, x0 - low_x : x1 - low_x]
        image[y0:y1, x0:x1] += part


def separations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return each object's distance to its nearest neighbour; NaN where it has none."""
    distance = cKDTree(np.column_stack([x, y])).query(np.column_stack([x, y]), k=2)[0]
    return np.where(np.isfinite(distance[:, 1]), distance[:, 1], np.nan)


def draw_objects(settings: dict, number: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Draw a frame's objects without sky and noise; see `simulate_frame`.

    Returns
    -------
    image : float64 (ny, nx), counts.
    truth : its table.
    """
    side, seeing, psf = frame_side(settings), settings["seeing"], survey_psf(settings)
    image = np.zeros((side, side + settings["overlap"]))
    rows = []
    for _, row in objects_of(settings, number).iterrows():
        rng = stream(settings, DRAWN, row["tile"], row["index"])
        ratio = row["signal_to_noise"]
        if row["class"] == "star" and rng.random() < BRIGHT_STARS:
            ratio *= 10.0 ** rng.uniform(0.0, 2.0)
        column, line = int(np.floor(row["x"] + 0.5)), int(np.floor(row["y"] + 0.5))
        offset = row["x"] - column, row["y"] - line
        light = object_light(row, psf, seeing, offset, rng)
        observed = observed_half_light(light.stamp, light.x, light.y)
        flux = ratio * settings["noise"] * np.sqrt(np.pi * (2.0 * observed) ** 2)
        add_stamp(image, flux * light.stamp, column, line)
        rows.append(
            {
                "object": row["tile"] * settings["galaxies"] + row["index"],
                "class": row["class"],
                "x": column + light.x,
                "y": line + light.y,
                "flux": flux,
                "half_light_observed": observed,
                "signal_to_noise": ratio,
                **{name: getattr(light, name) for name in SHAPE_COLUMNS},
            }
        )
    return image, finish_truth(pd.DataFrame(rows), image.shape, settings, number)


def finish_truth(
    truth: pd.DataFrame, shape: tuple[int, int], settings: dict, number: int
) -> pd.DataFrame:
    """Keep the objects whose centre lies in the frame; add sky place and separation."""
    x, y = truth["x"], truth["y"]
    inside = (x >= -0.5) & (x < shape[1] - 0.5) & (y >= -0.5) & (y < shape[0] - 0.5)
    truth = truth[inside].reset_index(drop=True)
    x, y = truth["x"].to_numpy(), truth["y"].to_numpy()
    ra, dec = wcs_of(settings, number).xyToradec(x + 1.0, y + 1.0, units="deg")
    truth = truth.assign(frame=number, ra=ra, dec=dec, separation=separations(x, y))
    return truth[TRUTH_COLUMNS]


def noise_of(
    shape: tuple[int, int], sigma: float, fwhm: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw Gaussian noise whose standard deviation a pixel does not depend on `fwhm`.

    Parameters
    ----------
    shape : (ny, nx).
    sigma : counts.
    fwhm : px, of the Gaussian that white noise is smoothed with; 0 for white noise.
    rng : of the noise.
    """
    white = rng.standard_normal(shape)
    if fwhm == 0:
        return sigma * white
    width = fwhm / FWHM
    point = np.zeros(2 * int(np.ceil(5.0 * width)) + 1)
    point[len(point) // 2] = 1.0
    left = np.sum(
        gaussian_filter(point, width) ** 2
    )  # of the variance, along each axis
    return sigma / left * gaussian_filter(white, width, mode="wrap")


def header_of(settings: dict, number: int, shape: tuple[int, int]) -> fits.Header:
    """Return a frame's header: the WCS as GalSim writes it, PSF, noise and sky."""
    header = galsim.FitsHeader()
    bounds = galsim.BoundsI(1, shape[1], 1, shape[0])
    wcs_of(settings, number).writeToFitsHeader(header, bounds)
    cards = header.header
    cards["PSFFWHM"] = (settings["seeing"], "FWHM of the PSF (px)")
    cards["PSFTYPE"] = (settings["psf"], "shape of the PSF")
    cards["NOISE"] = (settings["noise"], "standard deviation of a pixel (counts)")
    cards["NOISCORR"] = (settings["noise_correlation"], "FWHM of its smoothing (px)")
    cards["SKY"] = (settings["sky"], "level of the sky (counts)")
    cards["PIXSCALE"] = (settings["pixel_scale"], "arcsec")
    if settings["saturation"] is not None:
        cards["SATURATE"] = (settings["saturation"], "counts")
    return cards


def simulate_frame(
    settings: dict, number: int
) -> tuple[np.ndarray, fits.Header, pd.DataFrame]:
    """Simulate one frame of a survey.

    Parameters
    ----------
    settings : the source's section of the config.
    number : of the frame, from 0. A frame does not depend on how many there are.

    Returns
    -------
    image : float32 (ny, nx), counts, sky included.
    header : with a TAN WCS, written by GalSim.
    truth : a row for each object whose centre lies in the frame: `frame`; `object`
        (its number in the survey, the same in frames that overlap); `class`; `x`, `y`
        (0-based px, x along NAXIS1) and `ra`, `dec` (deg) of the flux centroid without
        noise; `flux` (counts); `half_light` (px, circularised, before the PSF; 0 for
        stars, of artefacts as they are in the frame); `half_light_observed` (px, of
        the circle with half of the flux, after the PSF); `signal_to_noise` (flux /
        (noise sqrt(pi (2 half_light_observed)^2))); `axis_ratio`, `position_angle`
        (deg from +x to +y; of the second moments before the PSF); `separation` (px, to
        the next object's centre in the frame); `n` (Sersic index, NaN where the light
        is no single Sersic profile); `bulge_share` (of the flux).
    """
    image, truth = draw_objects(settings, number)
    rng = stream(settings, NOISY, number)
    sigma, fwhm = settings["noise"], settings["noise_correlation"]
    image += settings["sky"] + noise_of(image.shape, sigma, fwhm, rng)
    if settings["saturation"] is not None:
        np.minimum(image, settings["saturation"], out=image)
    header = header_of(settings, number, image.shape)
    return image.astype(np.float32), header, truth
