"""Simulated galaxies for tests."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from astropy.io import fits
from astropy.modeling.models import Sersic2D
from scipy.ndimage import gaussian_filter

from galvote.detection.in_frames import search_frames

PSF_FWHM = 2.4
NOISE = 1.0


def sersic_frame(
    places: list[tuple[float, float]],
    *,
    size: int = 400,
    half_light: float = 5.0,
    index: float = 1.0,
    ellipticity: float = 0.3,
    amplitude: float = 60.0,
    seed: int = 1,
) -> np.ndarray:
    """Simulate galaxies at (x, y), blurred by a PSF, with noise; (size, size)."""
    y, x = np.mgrid[:size, :size].astype(float)
    image = np.zeros((size, size))
    for i, (x0, y0) in enumerate(places):
        galaxy = Sersic2D(
            amplitude, half_light, index, x0, y0, ellipticity, theta=0.7 * i
        )
        near = (slice(max(int(y0) - 60, 0), int(y0) + 60),) + (
            slice(max(int(x0) - 60, 0), int(x0) + 60),
        )
        image[near] += galaxy(x[near], y[near])
    image = gaussian_filter(image, PSF_FWHM / 2.3548)
    return image + np.random.default_rng(seed).normal(0.0, NOISE, image.shape)


def grid_of_places(per_side: int, size: int) -> list[tuple[float, float]]:
    """Place galaxies on a grid with fractional offsets."""
    step = size / per_side
    offsets = np.random.default_rng(0).uniform(-0.5, 0.5, (per_side**2, 2))
    return [
        (step * (i % per_side + 0.5) + dx, step * (i // per_side + 0.5) + dy)
        for i, (dx, dy) in enumerate(offsets)
    ]


def write_frame(path: Path, planes: np.ndarray) -> Path:
    """Write an image as FITS."""
    fits.PrimaryHDU(planes.astype(np.float32)).writeto(path)
    return path


def search_sky(source: dict, search: dict, resolved_above: float) -> SimpleNamespace:
    """Search frames; the result has `segments` and `psfs` by the frames' names, too."""
    segments, psfs = {}, {}

    def keep(name: str, map_: np.ndarray, psf: np.ndarray) -> None:
        segments[name], psfs[name] = map_, psf

    found = search_frames(source, search, resolved_above, keep)
    return SimpleNamespace(**vars(found), segments=segments, psfs=psfs)
