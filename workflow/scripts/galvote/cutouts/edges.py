"""What a galaxy that reaches over the edge of its image looks like beyond it."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

FADING = 0.2  # of the radius, in which its light falls to 1/e: an exponential disk's
EDGE_SMOOTHING = 1.0 / 15.0  # of the radius, of the light at the edge
LEAST_EDGE_SMOOTHING = 1.5  # px


def light_beyond(
    light: np.ndarray, outside: np.ndarray, centre: tuple[float, float], radius: float
) -> np.ndarray:
    """Return a galaxy's light where its image has ended, (n, n), 0 within the image.

    On each ray from the centre the light at the edge fades exponentially, so that no
    edge shows where the image was cut.

    Parameters
    ----------
    light : (n, n), counts above the sky.
    outside : bool (n, n), beyond the edge of the image, a rectangle.
    centre : (x, y) of the galaxy, px.
    radius : of the galaxy, px.
    """
    inside = ~outside
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    low, high = np.array([rows[[0, -1]], columns[[0, -1]]]).T[:, :, None, None]
    image = light[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    smooth = gaussian_filter(
        image, max(EDGE_SMOOTHING * radius, LEAST_EDGE_SMOOTHING), mode="nearest"
    )
    middle = np.array(centre[::-1])[:, None, None]
    ray = np.indices(light.shape) - middle
    room = np.where(ray > 0, high - middle, low - middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.nan_to_num(room / ray, nan=np.inf, posinf=np.inf)
    share = np.clip(shares.min(axis=0), 0.0, 1.0)  # of the ray that is in the image
    edge = map_coordinates(smooth, middle + share * ray - low, order=1, mode="nearest")
    beyond = (1.0 - share) * np.hypot(*ray)
    faded = np.clip(edge, 0.0, None) * np.exp(-beyond / (FADING * radius))
    return np.where(outside, faded, 0.0).astype(np.float32)
