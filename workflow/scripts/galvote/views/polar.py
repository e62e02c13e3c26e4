"""Unwrapping of galaxies to polar coordinates, vectorised over galaxies."""

import numpy as np
import torch
from torch.nn import functional

POLAR_BATCH = 64
CENTRAL = 1.0 / 3.0  # of a side: light further out is a neighbour's


def grey_of(images: np.ndarray) -> np.ndarray:
    """Return the mean of the channels, (n, ny, nx): uint8 for one, float32 for more."""
    if images.shape[3] == 1:
        return images[..., 0]
    channels = np.moveaxis(images, 3, 0)
    return sum(channel.astype(np.float32) for channel in channels) / len(channels)


def light_above_sky(grey: np.ndarray) -> np.ndarray:
    """Return the light above the rim of each image, float32 (n, ny, nx).

    The rim's median stands for the sky; light further than `CENTRAL` sides from the
    middle is left out, so that neighbours do not count.

    Parameters
    ----------
    grey : (n, ny, nx), square.
    """
    size = grey.shape[1]
    rim = np.concatenate(
        [grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1
    )
    sky = np.median(rim, axis=1).astype(np.float32)
    light = np.maximum(grey - sky[:, None, None], 0.0)
    axis = np.arange(size) - (size - 1) / 2.0
    return light * (np.hypot(axis[:, None], axis) <= CENTRAL * size)


def nearest_extreme(
    among: np.ndarray, y0: np.ndarray, x0: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which pixel of each image is nearest to (y0, x0), the first of equals.

    Parameters
    ----------
    among : the pixels that count, at least one an image, bool (n, ny, nx).
    y0, x0 : (n,), px.

    Returns
    -------
    y, x : (n,), px.
    """
    image, y, x = np.nonzero(among)
    distance = np.square(y - y0[image]) + np.square(x - x0[image])
    least = np.full(len(among), np.inf)
    np.minimum.at(least, image, distance)
    here = np.flatnonzero(distance == least[image])[::-1]
    place = np.empty(len(among), int)
    place[image[here]] = here  # the last one written is the first
    return y[place], x[place]


def centroids(light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the flux centroid (y, x) in px of each image (n, ny, nx).

    An image without light has its middle.
    """
    axis = np.arange(light.shape[1])
    total = light.sum(axis=(1, 2), dtype=np.float64)
    safe = np.where(total > 0, total, 1.0)
    return tuple(
        np.where(total > 0, light.sum(axis=other) @ axis / safe, axis.mean())
        for other in (2, 1)
    )


def moment_angles(light: np.ndarray, y0: np.ndarray, x0: np.ndarray) -> np.ndarray:
    """Return the angle (rad, from +x to +y, in -pi/2..pi/2) of each major axis.

    From second moments of the flux (Stobie 1980); which end of the axis is meant stays
    open.
    """
    axis = np.arange(light.shape[1], dtype=np.float32)
    dy, dx = (axis - at[:, None].astype(np.float32) for at in (y0, x0))
    xx = (light.sum(axis=1) * dx * dx).sum(axis=1)
    yy = (light.sum(axis=2) * dy * dy).sum(axis=1)
    xy = ((light @ dx[:, :, None])[..., 0] * dy).sum(axis=1)
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
    grey = grey_of(images)
    needs_light = centre == "centroid" or zero_angle == "moments"
    light = light_above_sky(grey) if needs_light else None
    if centre == "brightest":
        middle = np.full(len(images), (images.shape[1] - 1) / 2.0)
        brightest = grey == grey.max(axis=(1, 2), keepdims=True)
        y0, x0 = nearest_extreme(brightest, middle, middle)
    else:
        y0, x0 = centroids(light)
    if zero_angle == "faintest":
        faintest = grey == grey.min(axis=(1, 2), keepdims=True)
        y1, x1 = nearest_extreme(faintest, y0, x0)
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
    columns = radii * (1 + mirror)
    unwrapped = np.empty((len(images), angles, columns, images.shape[3]), np.uint8)
    for start in range(0, len(images), POLAR_BATCH):
        part = slice(start, start + POLAR_BATCH)
        frames = frames_of_reference(images[part], centre, zero_angle)
        unwrapped[part, :, -radii:] = on_circles(images[part], *frames, angles, radii)
    if mirror:
        unwrapped[:, :, :radii] = unwrapped[:, :, : -radii - 1 : -1]
    return unwrapped


def on_circles(
    images: np.ndarray,
    y0: np.ndarray,
    x0: np.ndarray,
    zero: np.ndarray,
    angles: int,
    radii: int,
) -> np.ndarray:
    """Sample images on circles, see `unwrap`.

    Parameters
    ----------
    images : uint8 (n, size, size, n_channels).
    y0, x0, zero : centre (px) and zero angle (rad) of each, (n,).

    Returns
    -------
    uint8 (n, angles, radii, n_channels).
    """
    size = images.shape[1]
    unit = 2.0 / (size - 1)  # grid_sample has the outer pixels' centres at -1 and 1
    theta = zero[:, None] + 2.0 * np.pi * np.arange(angles) / angles
    radius = (torch.arange(radii) + 0.5) * (size / 2.0 / radii * unit)
    places = torch.empty(len(images), angles, radii, 2)
    for k, (at, direction) in enumerate(((x0, np.cos(theta)), (y0, np.sin(theta)))):
        start = torch.from_numpy(at * unit - 1.0).float()[:, None, None]
        along = torch.from_numpy(direction).float()[:, :, None]
        torch.addcmul(start, along, radius, out=places[..., k])
    sampled = functional.grid_sample(
        torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float(),
        places,
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
    return sampled.round_().byte().permute(0, 2, 3, 1).numpy()
