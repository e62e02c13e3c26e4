"""How likely a detection is a star."""

import numpy as np
import pandas as pd

from galvote.detection.psf import PSF

SIZE_SCATTER = 0.03  # of bright stars' sizes (ln),
SIZE_NOISE = 2.0  # and 1 / (S/N) times this
LEAST_WIDTH = 0.2  # of galaxies' sizes (ln)
# before any detection is looked at, with the weight of so many detections:
PRIOR_WEIGHT = 10.0
PRIOR_SHARE = 0.2  # of stars
PRIOR_SIZE, PRIOR_WIDTH = 0.8, 0.5  # of galaxies, above the PSF's (ln)
SMALLER = 2.0  # density (1 / ln) of what is smaller than the PSF: no galaxy is


def star_probability(detections: pd.DataFrame, psf: PSF) -> np.ndarray:
    """Return the probability that each detection is a star, from its size and S/N.

    Bayes: ln of a star's half-light radius scatters about that of the PSF as
    `SIZE_SCATTER` and the noise say; a galaxy's scatters normally about a larger one.
    The share of stars and the galaxies' mean and width are fitted to the detections
    (expectation maximisation).

    Parameters
    ----------
    detections : with `half_light` (px) and `signal_to_noise`.
    psf : of their frame.
    """
    if len(detections) == 0:
        return np.empty(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.log(detections["half_light"].to_numpy() / psf.half_light)
        scatter = np.hypot(
            SIZE_SCATTER, SIZE_NOISE / detections["signal_to_noise"].to_numpy()
        )
    excess = np.clip(np.nan_to_num(excess, nan=0.0), -2.0, 2.0)
    scatter = np.clip(np.nan_to_num(scatter, nan=1.0), SIZE_SCATTER, 1.0)
    star = _normal(excess, 0.0, scatter)
    star = np.where(excess < 0, np.maximum(star, SMALLER), star)
    share, mean, width = PRIOR_SHARE, PRIOR_SIZE, PRIOR_WIDTH
    for _ in range(30):
        galaxy = (1.0 - share) * _normal(excess, mean, np.hypot(width, scatter))
        probability = share * star / (share * star + galaxy)
        weight = 1.0 - probability
        total = PRIOR_WEIGHT + weight.sum()
        share = 1.0 - (PRIOR_WEIGHT * (1.0 - PRIOR_SHARE) + weight.sum()) / (
            PRIOR_WEIGHT + len(star)
        )
        mean = (PRIOR_WEIGHT * PRIOR_SIZE + weight @ excess) / total
        spread = PRIOR_WEIGHT * PRIOR_WIDTH**2 + weight @ (excess - mean) ** 2
        width = max(np.sqrt(spread / total), LEAST_WIDTH)
    return probability


def _normal(x: np.ndarray, mean: float, width: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * ((x - mean) / width) ** 2) / (width * np.sqrt(2.0 * np.pi))
