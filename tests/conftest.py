"""What all tests share: the library's path and simulated galaxies."""

import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.modeling.models import Sersic2D
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

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


@pytest.fixture(scope="session")
def galaxy_images() -> np.ndarray:
    """48 small pictures of smooth galaxies, uint8 (48, 32, 32, 1)."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:32, :32] - 15.5
    images = []
    for _ in range(48):
        angle, ratio, scale = (
            rng.uniform(0, np.pi),
            rng.uniform(0.3, 1),
            rng.uniform(3, 6),
        )
        u = x * np.cos(angle) + y * np.sin(angle)
        v = (y * np.cos(angle) - x * np.sin(angle)) / ratio
        images.append(20 + 200 * np.exp(-0.5 * (u**2 + v**2) / scale**2))
    return np.round(np.stack(images)).astype(np.uint8)[..., None]
