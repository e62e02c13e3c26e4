"""Eight numbers by hand-made rules: the baseline that codes must beat."""

import warnings

import numpy as np
import pandas as pd
from photutils.segmentation import SegmentationImage, SourceCatalog, detect_sources

THRESHOLD = 1.5  # sky sigmas
LEAST_SEGMENT = 5
LEAST_NOISE = 0.5  # grey levels of an 8-bit picture
HAND_MADE = [
    "axis_ratio",
    "concentration",
    "gini",
    "m20",
    "size",
    "colour_blue",
    "colour_red",
    "flux",
]


def sky_at_edge(image: np.ndarray) -> tuple[float, float]:
    """Return level and sigma of the sky, robustly, from the rim of (ny, nx)."""
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    level = float(np.median(rim))
    return level, max(1.4826 * float(np.median(np.abs(rim - level))), LEAST_NOISE)


def central_segment(light: np.ndarray, noise: float) -> SegmentationImage:
    """Return the segment of the galaxy in the middle of (ny, nx), numbered 1.

    The one nearest to the middle, or the central quarter where nothing stands out.
    """
    middle = (np.array(light.shape) - 1) / 2.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says only that nothing was found
        found = detect_sources(light, THRESHOLD * noise, LEAST_SEGMENT)
    segment = np.zeros(light.shape, dtype=int)
    if found is None:
        low, high = (np.array(light.shape) // 4), (3 * np.array(light.shape) // 4)
        segment[low[0] : high[0], low[1] : high[1]] = 1
    else:
        y, x = np.nonzero(found.data)
        nearest = np.argmin((y - middle[0]) ** 2 + (x - middle[1]) ** 2)
        segment[found.data == found.data[y[nearest], x[nearest]]] = 1
    return SegmentationImage(segment)


def m20_of(light: np.ndarray) -> float:
    """Return M20 of the pixels of a galaxy, zero elsewhere (Lotz et al. 2004, eq. 8).

    The second moment of the brightest fifth of the light over that of all, log10; the
    centre is the one that makes the moment of all light least: the centroid.
    """
    y, x = np.nonzero(light > 0)
    flux = light[y, x]
    if flux.sum() <= 0:
        return np.nan
    centre_y, centre_x = np.average(y, weights=flux), np.average(x, weights=flux)
    moment = flux * ((y - centre_y) ** 2 + (x - centre_x) ** 2)
    order = np.argsort(-flux, kind="stable")
    brightest = np.cumsum(flux[order]) <= 0.2 * flux.sum()
    if moment.sum() <= 0 or moment[order][brightest].sum() <= 0:
        return np.nan
    return float(np.log10(moment[order][brightest].sum() / moment.sum()))


def measure_by_hand(image: np.ndarray) -> dict[str, float]:
    """Measure one galaxy; NaN where a number cannot be had.

    Parameters
    ----------
    image : uint8 (ny, nx, n_channels).

    Returns
    -------
    `axis_ratio`, `concentration` (5 log10 r80/r20, Bershady et al. 2000), `gini`
    (Lotz et al. 2004), `m20`, `size` (half-light radius, px), `colour_blue` and
    `colour_red` (log10 of the flux in channels 3 over 2 and 2 over 1, zero for grey),
    `flux` (log10 of grey levels).
    """
    values = image.astype(np.float64)
    grey = values.mean(axis=2)
    level, noise = sky_at_edge(grey)
    light = grey - level
    segment = central_segment(light, noise)
    inside = segment.data == 1
    source = SourceCatalog(light, segment)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # flat images have no radii: NaN
        radii = [float(source.flux_radius(share).value[0]) for share in (0.2, 0.5, 0.8)]
        bands = [
            (band - sky_at_edge(band)[0])[inside].sum()
            for band in np.moveaxis(values, 2, 0)
        ]
        if len(bands) < 3:
            bands = [bands[0]] * 3
        row = {
            "axis_ratio": 1.0 / float(source.elongation[0]),
            "concentration": 5.0 * np.log10(radii[2] / radii[0]),
            "gini": float(source.gini[0]),
            "m20": m20_of(np.where(inside, np.clip(light, 0.0, None), 0.0)),
            "size": radii[1],
            "colour_blue": np.log10(bands[2] / bands[1]),
            "colour_red": np.log10(bands[1] / bands[0]),
            "flux": np.log10(light[inside].sum()),
        }
    return {k: float(v) if np.isfinite(v) else np.nan for k, v in row.items()}


def hand_made_points(table: pd.DataFrame) -> np.ndarray:
    """Turn hand-made numbers into points (N, 8): NaN to the median, unit variance."""
    values = table[HAND_MADE]
    values = values.fillna(values.median()).fillna(0.0).to_numpy(dtype=np.float64)
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
