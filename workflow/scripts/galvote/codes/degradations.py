"""What seeing, noise and errors of centre and radius do to images of galaxies."""

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.ndimage import affine_transform, gaussian_filter

from galvote.catalog.flags import Flag

SIDE = 128.0  # px of the images that strengths are given for


def rotated(images: np.ndarray, angle: float) -> np.ndarray:
    """Rotate images, uint8 (n, ny, nx, c), about their middle by an angle (deg)."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.stack([_moved(image, turn) for image in images])


def zoomed(images: np.ndarray, factor: float) -> np.ndarray:
    """Enlarge images about their middle, as a radius wrong by `factor` would."""
    return np.stack([_moved(image, np.eye(2) / factor) for image in images])


def shifted(images: np.ndarray, distance: float, ids: Sequence[str]) -> np.ndarray:
    """Shift each image by a distance (px of 128) in a direction that its id chooses."""
    far = distance * images.shape[1] / SIDE
    angles = [_random(id_).uniform(0.0, 2.0 * np.pi) for id_ in ids]
    return np.stack(
        [
            _moved(image, np.eye(2), (far * np.sin(angle), far * np.cos(angle)))
            for image, angle in zip(images, angles, strict=True)
        ]
    )


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """Blur images by a Gaussian of `sigma` px of 128."""
    width = sigma * images.shape[1] / SIDE
    return _levels(gaussian_filter(images.astype(np.float32), (0, width, width, 0)))


def noisy(images: np.ndarray, sigma: float, ids: Sequence[str]) -> np.ndarray:
    """Add Gaussian noise of `sigma` grey levels of 255, for each id its own."""
    shape = images.shape[1:]
    noise = np.stack([_random(id_).normal(0.0, sigma, shape) for id_ in ids])
    return _levels(images + noise)


DEGRADATIONS: dict[str, Callable[[np.ndarray, Sequence[str]], np.ndarray]] = {
    "blurred": lambda images, ids: blurred(images, 2.5),
    "noisy": lambda images, ids: noisy(images, 6.0, ids),
    "too small": lambda images, ids: zoomed(images, 0.8),
    "too large": lambda images, ids: zoomed(images, 1.25),
    "off centre": lambda images, ids: shifted(images, 3.0, ids),
}


def galaxies_to_degrade(galaxies: pd.DataFrame, wanted: int) -> set[str]:
    """Choose the galaxies of a run that are encoded degraded, too.

    Stars and unresolved galaxies are left out, unless there are no others.

    Parameters
    ----------
    galaxies : all of the run, with `id` and `flags`.
    wanted : how many.
    """
    points = galaxies["flags"] & (Flag.UNRESOLVED | Flag.STAR).value != 0
    return sample(galaxies["id"] if points.all() else galaxies["id"][~points], wanted)


def sample(ids: Sequence[str], wanted: int) -> set[str]:
    """Choose up to `wanted` galaxies, the same for any order or division of `ids`."""
    return set(sorted(ids, key=lambda id_: (_digest(id_), id_))[:wanted])


def _random(id_: str) -> np.random.Generator:
    return np.random.default_rng(_digest(id_))


def _digest(id_: str) -> int:
    return zlib.crc32(id_.encode())


def _moved(
    image: np.ndarray, matrix: np.ndarray, shift: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """Resample an image (ny, nx, c) where `matrix`, (y, x), takes its places.

    The image then lies `shift` (y, x; px) further.
    """
    middle = (np.array(image.shape[:2]) - 1.0) / 2.0
    offset = middle - matrix @ (middle + shift)
    planes = [
        affine_transform(plane, matrix, offset, order=3, mode="reflect")
        for plane in np.moveaxis(image.astype(np.float32), 2, 0)
    ]
    return _levels(np.stack(planes, axis=-1))


def _levels(values: np.ndarray) -> np.ndarray:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
