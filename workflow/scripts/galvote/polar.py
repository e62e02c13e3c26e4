"""Unwrapping of galaxies to polar coordinates, vectorised over galaxies."""

import numpy as np
import torch
from torch.nn import functional

POLAR_BATCH = 64
CENTRAL = 1.0 / 3.0  # of a side: light further out is a neighbour's


def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return y and x (px, 0-based), each (size, size)."""
    return tuple(np.mgrid[:size, :size].astype(np.float32))


def light_of(images: np.ndarray) -> np.ndarray:
    """Return the light above the rim of each image, float32 (n, ny, nx).

    The rim's median stands for the sky; light further than `CENTRAL` sides from the
    middle is left out, so that neighbours do not count.

    Parameters
    ----------
    images : uint8 (n, ny, nx, n_channels), square.
    """
    grey = images.astype(np.float32).mean(axis=3)
    size = grey.shape[1]
    rim = np.concatenate(
        [grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1
    )
    light = np.clip(grey - np.median(rim, axis=1)[:, None, None], 0.0, None)
    y, x = grid(size)
    middle = (size - 1) / 2.0
    return light * (np.hypot(y - middle, x - middle) <= CENTRAL * size)


def nearest_extreme(
    values: np.ndarray, y0: np.ndarray, x0: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where each image is largest, the place nearest to (y0, x0) among equals.

    Parameters
    ----------
    values : (n, ny, nx).
    y0, x0 : (n,), px.

    Returns
    -------
    y, x : (n,), px.
    """
    y, x = grid(values.shape[1])
    distance = np.hypot(y - y0[:, None, None], x - x0[:, None, None])
    largest = values.max(axis=(1, 2), keepdims=True)
    distance = np.where(values == largest, distance, np.inf).reshape(len(values), -1)
    place = distance.argmin(axis=1)
    return place // values.shape[1], place % values.shape[1]


def centroids(light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the flux centroid (y, x) in px of each image (n, ny, nx).

    An image without light has its middle.
    """
    y, x = grid(light.shape[1])
    total = light.sum(axis=(1, 2))
    safe = np.where(total > 0, total, 1.0)
    middle = (light.shape[1] - 1) / 2.0
    at_y = np.where(total > 0, (light * y).sum(axis=(1, 2)) / safe, middle)
    at_x = np.where(total > 0, (light * x).sum(axis=(1, 2)) / safe, middle)
    return at_y, at_x


def moment_angles(light: np.ndarray, y0: np.ndarray, x0: np.ndarray) -> np.ndarray:
    """Return the angle (rad, from +x to +y, in -pi/2..pi/2) of each major axis.

    From second moments of the flux (Stobie 1980); which end of the axis is meant stays
    open.
    """
    y, x = grid(light.shape[1])
    dy, dx = y - y0[:, None, None], x - x0[:, None, None]
    xx = (light * dx * dx).sum(axis=(1, 2))
    yy = (light * dy * dy).sum(axis=(1, 2))
    xy = (light * dx * dy).sum(axis=(1, 2))
    return 0.5 * np.arctan2(2.0 * xy, xx - yy)


def frames_of_reference(
    images: np.ndarray, centre: str, zero_angle: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centre (y, x; px) and zero angle (rad) of each image, each (n,).

    Parameters
    ----------
    images : uint8 (n, ny, nx, n_channels), square.
    centre : `centroid`, or `brightest` pixel nearest the middle (eUML).
    zero_angle : `moments`, or direction of the `faintest` pixel nearest the centre
        (eUML).
    """
    light = light_of(images)
    grey = images.astype(np.float32).mean(axis=3)
    middle = np.full(len(images), (images.shape[1] - 1) / 2.0)
    if centre == "brightest":
        y0, x0 = nearest_extreme(grey, middle, middle)
    else:
        y0, x0 = centroids(light)
    if zero_angle == "faintest":
        y1, x1 = nearest_extreme(-grey, y0, x0)
        return y0, x0, np.arctan2(y1 - y0, x1 - x0)
    return y0, x0, moment_angles(light, y0, x0)


def unwrap(
    images: np.ndarray,
    *,
    centre: str,
    zero_angle: str,
    angles: int,
    radii: int,
    mirror: bool,
) -> np.ndarray:
    """Sample galaxies on circles round their centres, bilinearly.

    Row i is the angle zero + 2 pi i / angles (from +x to +y), column j the radius
    (j + 1/2) / radii of half a side; outside of the image the border goes on. The
    mirror image has the radii falling and stands on the left, so that the galaxy's
    centre lies in the middle (as in eUML, 125 x 200 there).

    Parameters
    ----------
    images : uint8 (n, size, size, n_channels).
    centre, zero_angle : see `frames_of_reference`.
    angles, radii : rows, and columns before mirroring.
    mirror : add the mirror image.

    Returns
    -------
    uint8 (n, angles, radii or 2 radii, n_channels).
    """
    parts = [
        _unwrap_batch(images[i : i + POLAR_BATCH], centre, zero_angle, angles, radii)
        for i in range(0, len(images), POLAR_BATCH)
    ]
    if not parts:
        return np.zeros((0, angles, radii * (1 + mirror), images.shape[3]), np.uint8)
    unwrapped = np.concatenate(parts)
    if mirror:
        unwrapped = np.concatenate([unwrapped[:, :, ::-1], unwrapped], axis=2)
    return unwrapped


def _unwrap_batch(
    images: np.ndarray, centre: str, zero_angle: str, angles: int, radii: int
) -> np.ndarray:
    size = images.shape[1]
    y0, x0, zero = frames_of_reference(images, centre, zero_angle)
    theta = zero[:, None] + 2.0 * np.pi * np.arange(angles) / angles
    radius = (np.arange(radii) + 0.5) / radii * size / 2.0
    x = x0[:, None, None] + np.cos(theta)[:, :, None] * radius
    y = y0[:, None, None] + np.sin(theta)[:, :, None] * radius
    # grid_sample wants the image's outer pixel centres at -1 and 1
    places = np.stack([x, y], axis=-1) * (2.0 / (size - 1)) - 1.0
    sampled = functional.grid_sample(
        torch.from_numpy(images).permute(0, 3, 1, 2).float(),
        torch.from_numpy(places.astype(np.float32)),
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
    return sampled.round().byte().permute(0, 2, 3, 1).numpy()
