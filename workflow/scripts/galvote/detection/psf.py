"""The PSF of a frame, from its stars."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from astropy.convolution import Gaussian2DKernel
from astropy.stats import gaussian_fwhm_to_sigma
from photutils.centroids import centroid_quadratic
from scipy.ndimage import shift
from scipy.optimize import least_squares

from galvote.inputs.frames import Frame

LEAST_SIGNAL = 30.0  # S/N of detections from which the PSF is measured
ROUND = 0.75  # axis ratio of a star at least
LOCUS = 0.10  # half width of the stars' sizes (ln)
LEAST_STARS = 4
CONTRAST = 3.0  # of the stars' clump with its surroundings, in units of their noise
MOST_SMALLER = 0.1  # share of the detections that may be smaller than the stars
HALF_LIGHT = (
    0.55  # half-light radius of a star over its FWHM: Gaussian 0.5, Moffat 0.6,
)
LN_PROFILES = 0.2  # and so far from it (ln)
MOST_STARS = 100
PSF_SIDE = 25  # px, of the PSF's picture
CORE = 8.0  # px: the profile of a star is fitted within


@dataclass
class PSF:
    """The point-spread function of a frame.

    Attributes
    ----------
    fwhm : px.
    half_light : half-light radius of a star as detections are measured, px.
    stars : number of stars it was measured from; 0 where it was given or guessed.
    origin : stars, config, file, or smallest sources.
    image : (PSF_SIDE, PSF_SIDE) unless it is from a file, sum 1.
    """

    fwhm: float
    half_light: float
    stars: int
    origin: str
    image: np.ndarray


def gaussian_psf(fwhm: float, side: int = PSF_SIDE) -> np.ndarray:
    """Return a Gaussian of `fwhm` px, (side, side), sum 1."""
    kernel = Gaussian2DKernel(fwhm * gaussian_fwhm_to_sigma, x_size=side, y_size=side)
    return kernel.array / kernel.array.sum()


def measure_psf(
    detections: pd.DataFrame, usable: np.ndarray, frame: Frame, given: float | None
) -> PSF:
    """Measure the PSF from the clump of small, round, bright detections of one size.

    Parameters
    ----------
    detections : table of `find_detections`.
    usable : bool, detections that are whole, single and not saturated.
    frame : in which they were made.
    given : full width at half maximum (px) where the config has one, else None.
    """
    round_ = (detections["axis_ratio"] > ROUND).to_numpy()
    bright = (detections["signal_to_noise"] > LEAST_SIGNAL).to_numpy()
    chosen = detections[
        usable & round_ & bright & (detections["half_light"] > 0).to_numpy()
    ]
    sizes = np.sort(np.log(chosen["half_light"].to_numpy()))
    if given is not None:
        sizes = sizes[np.abs(sizes - np.log(HALF_LIGHT * given)) < LN_PROFILES]
        size = stellar_size(sizes)
        half_light = HALF_LIGHT * given if size is None else float(np.exp(size))
        return PSF(given, half_light, 0, "config", gaussian_psf(given))
    size = stellar_size(sizes)
    if size is None:
        smallest = float(np.exp(sizes[0])) if len(sizes) else 1.5
        image = gaussian_psf(2.0 * smallest)
        return PSF(2.0 * smallest, smallest, 0, "smallest sources", image)
    near = np.abs(np.log(chosen["half_light"]) - size) < LOCUS
    stars = chosen[near].nlargest(MOST_STARS, "flux")
    stamps, offsets = star_stamps(stars, frame)
    if not stamps:
        width = 2.0 * float(np.exp(size))
        return PSF(width, width / 2.0, len(stars), "stars", gaussian_psf(width))
    half_light = float(stars["half_light"].median())
    fwhm, image = fwhm_of(stamps, offsets), stack(stamps, offsets)
    return PSF(fwhm, half_light, len(stars), "stars", image)


def stellar_size(sizes: np.ndarray) -> float | None:
    """Return ln of the stars' half-light radius, None where no clump stands out.

    Stars have one size and are the smallest detections but for a few cosmic rays: the
    first clump from below that is denser than its surroundings by three times their
    noise.

    Parameters
    ----------
    sizes : ln of half-light radii, sorted.
    """
    if len(sizes) < LEAST_STARS:
        return None
    start = np.arange(len(sizes))
    last = np.searchsorted(sizes, sizes + LOCUS, side="right")
    counts = last - start
    before = start - np.searchsorted(sizes, sizes - LOCUS, side="left")
    after = np.searchsorted(sizes, sizes + 2.0 * LOCUS, side="right") - last
    around = np.maximum((before + after) / 2.0, 1.0)
    stands_out = counts - around > CONTRAST * np.sqrt(around)
    smallest = start <= MOST_SMALLER * len(sizes)
    dense = np.flatnonzero(stands_out & smallest & (counts >= LEAST_STARS))
    if len(dense) == 0:
        return None
    start = dense[0]
    best = start + int(np.argmax(counts[start : last[start]]))
    return float(np.median(sizes[best : last[best]]))


def star_stamps(
    stars: pd.DataFrame, frame: Frame
) -> tuple[list[np.ndarray], list[tuple[float, float]]]:
    """Cut stars out: images of unit flux, and the stars' (x, y) from their middles."""
    data, half = frame.planes[0].data, PSF_SIDE // 2 + 1
    stamps, offsets = [], []
    for x, y, flux in stars[["x", "y", "flux"]].to_numpy():
        column, row = round(x), round(y)
        ny, nx = data.shape
        if not (half <= column < nx - half and half <= row < ny - half):
            continue
        around = (
            slice(row - half, row + half + 1),
            slice(column - half, column + half + 1),
        )
        stamps.append(np.nan_to_num(data[around] - frame.planes[0].sky) / flux)
        offsets.append((x - column, y - row))
    return stamps, offsets


def stack(stamps: list[np.ndarray], offsets: list[tuple[float, float]]) -> np.ndarray:
    """Return the median of stars, centred: (PSF_SIDE, PSF_SIDE), sum 1."""
    centred = [
        shift(stamp, (-y, -x), order=3, mode="nearest")[1:-1, 1:-1]
        for stamp, (x, y) in zip(stamps, offsets, strict=True)
    ]
    image = np.median(centred, axis=0)
    image -= np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]))
    return image / image.sum()


def fwhm_of(stamps: list[np.ndarray], offsets: list[tuple[float, float]]) -> float:
    """Fit a Moffat profile to the pixels of stars and return its FWHM (px).

    The pixels are taken where they are: to shift the stars first would blur them.

    Parameters
    ----------
    stamps : (ny, nx) each, of one flux.
    offsets : of the stars' (x, y) from the middles of their stamps.
    """
    squares, lights = [], []
    for stamp, (at_x, at_y) in zip(stamps, offsets, strict=True):
        y, x = np.indices(stamp.shape)
        half_y, half_x = (n // 2 for n in stamp.shape)
        square = (x - half_x - at_x) ** 2 + (y - half_y - at_y) ** 2
        core = square < CORE**2
        squares.append(square[core])
        lights.append(stamp[core])
    square, light = np.concatenate(squares), np.concatenate(lights)
    light = light / np.percentile(light, 99.0)

    def misfit(logarithms: np.ndarray) -> np.ndarray:
        height, width, slope = np.exp(logarithms)
        return height * (1.0 + square / width) ** -slope - light

    start, bounds = np.log([1.0, 6.0, 3.0]), ([-9.0, -9.0, 0.0], [9.0, 9.0, 4.0])
    fit = least_squares(misfit, start, bounds=bounds, loss="soft_l1", f_scale=0.05)
    _, width, slope = np.exp(fit.x)
    return 2.0 * float(np.sqrt(width * (2.0 ** (1.0 / slope) - 1.0)))


def fwhm_of_image(image: np.ndarray) -> float:
    """Return the FWHM (px) of the picture of a PSF, (ny, nx)."""
    row, column = np.unravel_index(image.argmax(), image.shape)
    place = centroid_quadratic(image)
    x, y = np.where(np.isfinite(place), place, (column, row))
    half_y, half_x = (n // 2 for n in image.shape)
    return fwhm_of([image], [(x - half_x, y - half_y)])
