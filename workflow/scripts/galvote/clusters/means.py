"""Labels of galaxies and the means of their clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances_argmin

NOISE = -1


@dataclass
class Clustering:
    """Labels of one model.

    Attributes
    ----------
    labels : int (N,), cluster from 0; -1 is noise.
    confidence : (N,), 0..1, NaN for noise. For models that give probabilities the
        largest; else 1 - d1 / d2 with the distances to the nearest and the second
        nearest cluster mean.
    """

    labels: np.ndarray
    confidence: np.ndarray


def cluster_means(
    points: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the clusters, int (k,), and their means (k, n_dimensions); no noise."""
    known = np.unique(labels[labels != NOISE])
    means = [points[labels == label].mean(axis=0) for label in known]
    return known, np.array(means).reshape(len(known), points.shape[1])


def margins(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return 1 - d1 / d2 of each point, d1 and d2 to the two nearest of the means.

    All are 1 where there is one mean, NaN where there is none.
    """
    if len(means) < 2:
        return np.full(len(points), 1.0 if len(means) else np.nan)
    nearest_two = np.partition(cdist(points, means), 1, axis=1)[:, :2]
    far = np.where(nearest_two[:, 1] > 0, nearest_two[:, 1], 1.0)
    return np.where(nearest_two[:, 1] > 0, 1.0 - nearest_two[:, 0] / far, 0.0)


def with_margins(points: np.ndarray, labels: np.ndarray) -> Clustering:
    """Make a clustering whose confidence is the margin, NaN for noise."""
    confidence = margins(points, cluster_means(points, labels)[1])
    confidence[labels == NOISE] = np.nan
    return Clustering(number_by_size(labels), confidence)


def number_by_size(labels: np.ndarray) -> np.ndarray:
    """Give clusters numbers by falling size, ties by their first galaxy.

    Parameters
    ----------
    labels : int (N,), galaxies sorted by id; -1 is noise and stays so.
    """
    clustered = labels != NOISE
    _, first, index, sizes = np.unique(
        labels[clustered], return_index=True, return_inverse=True, return_counts=True
    )
    numbers = np.empty(len(sizes), dtype=np.int64)
    numbers[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    numbered = np.full(len(labels), NOISE, dtype=np.int64)
    numbered[clustered] = numbers[index]
    return numbered


def nearest_means(
    points: np.ndarray, sample: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Give points the label of the nearest cluster mean of a labelled sample.

    Parameters
    ----------
    points : (N, n_dimensions).
    sample : (n, n_dimensions).
    labels : int (n,), -1 for noise, which has no mean.

    Returns
    -------
    int (N,); all noise where the sample is.
    """
    known, means = cluster_means(sample, labels)
    if len(known) == 0:
        return np.full(len(points), NOISE)
    return known[nearest_centre(points, means)]


def draw_sample(n_galaxies: int, most: int) -> np.ndarray:
    """Draw at most so many of the galaxies, the same each time; sorted indices."""
    if n_galaxies <= most:
        return np.arange(n_galaxies)
    rng = np.random.default_rng(0)
    return np.sort(rng.choice(n_galaxies, size=most, replace=False))


def nearest_centre(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the nearest centre of each point, int (N,)."""
    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    return pairwise_distances_argmin(np.ascontiguousarray(points), centres)
