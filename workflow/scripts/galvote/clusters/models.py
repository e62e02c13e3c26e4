"""The clusterings that vote, behind one registry."""

from collections.abc import Callable

import numpy as np
from sklearn.cluster import (
    DBSCAN,
    AffinityPropagation,
    AgglomerativeClustering,
    Birch,
    KMeans,
    MeanShift,
    SpectralClustering,
    estimate_bandwidth,
)
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from galvote.base.errors import InputError
from galvote.base.model_names import LIMITS
from galvote.clusters.means import (
    LEAST,
    Clustering,
    draw_sample,
    nearest_means,
    number_by_size,
    with_margins,
)

THRESHOLD_TRIALS = 40
MOST_SUB_CLUSTERS = 2000  # that are aimed at; their merging grows with the square
MOST_SEEDS = 1000  # of mean shift


def kmeans(points: np.ndarray, k: int, seed: int, n_init: int) -> np.ndarray:
    """K-means (Lloyd 1982), the best of `n_init` starts."""
    return KMeans(k, n_init=n_init, random_state=seed).fit_predict(points)


def ward(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Agglomerative clustering with Ward's criterion (1963); draws nothing."""
    return AgglomerativeClustering(k, linkage="ward").fit_predict(points)


def birch_threshold(points: np.ndarray, k: int, branching_factor: int) -> float:
    """Search a BIRCH threshold that leaves between 3 K and N / 5 sub-clusters.

    scikit-learn's default makes one sub-cluster of each galaxy, and then BIRCH is
    Ward's clustering over again. With few sub-clusters one cluster swallows most
    galaxies, for a sub-cluster of one outlier counts as much as one of a hundred
    galaxies when they are merged; so the search aims just below the upper end, and
    halves the interval in which the number crosses that.
    """
    low_count, high_count = 3 * k, max(len(points) / 5.0, 3 * k)
    target = max(low_count, min(0.85 * high_count, MOST_SUB_CLUSTERS))
    low, high = 0.0, max(float(np.sqrt(points.var(axis=0).sum())) * 4.0, LEAST)
    best, best_miss = high, np.inf
    for _ in range(THRESHOLD_TRIALS):
        middle = (low + high) / 2.0
        tree = Birch(
            threshold=middle, branching_factor=branching_factor, n_clusters=None
        )
        count = len(tree.fit(points).subcluster_centers_)
        miss = abs(np.log(count / target))
        if miss < best_miss:
            best, best_miss = middle, miss
        if low_count <= count <= high_count and miss < 0.1:
            break
        low, high = (middle, high) if count > target else (low, middle)
    return best


def birch(
    points: np.ndarray,
    k: int,
    seed: int,
    branching_factor: int,
    threshold: float | None,
) -> np.ndarray:
    """BIRCH (Zhang et al. 1996), its sub-clusters merged by Ward; draws nothing."""
    if threshold is None:
        threshold = birch_threshold(points, k, branching_factor)
    tree = Birch(threshold=threshold, branching_factor=branching_factor, n_clusters=k)
    return tree.fit_predict(points)


def spectral(points: np.ndarray, k: int, seed: int, neighbours: int) -> np.ndarray:
    """Spectral clustering of the graph of nearest neighbours.

    Raises
    ------
    InputError
        Where there are as many clusters as galaxies.
    """
    if k >= len(points):
        raise InputError(
            f"config key `clustering.k` is {k}, too many for the spectral clustering of"
            f" {len(points)} galaxies; choose a smaller number or add sources"
        )
    model = SpectralClustering(
        k,
        affinity="nearest_neighbors",
        n_neighbors=min(neighbours, len(points) - 1),
        random_state=seed,
        assign_labels="kmeans",
    )
    return model.fit_predict(points)


def gaussian_mixture(
    points: np.ndarray, k: int, seed: int, covariance: str
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian mixture; the confidence is the posterior of the component."""
    scale = points.var(axis=0).max()
    model = GaussianMixture(
        k,
        covariance_type=covariance,
        random_state=seed,
        reg_covar=max(1e-6 * scale, LEAST),
    )
    posterior = model.fit(points).predict_proba(points)
    return posterior.argmax(axis=1), posterior.max(axis=1)


def mean_shift(points: np.ndarray, k: int, seed: int, quantile: float) -> np.ndarray:
    """Mean shift; finds its own number of clusters."""
    order = np.random.default_rng(seed).permutation(len(points))
    seeds = points[order[:MOST_SEEDS]]
    bandwidth = estimate_bandwidth(seeds, quantile=quantile) or None
    return MeanShift(bandwidth=bandwidth, seeds=seeds).fit_predict(points)


def affinity_propagation(
    points: np.ndarray, k: int, seed: int, damping: float
) -> np.ndarray:
    """Affinity propagation; finds its own number of clusters."""
    model = AffinityPropagation(damping=damping, max_iter=500, random_state=seed)
    return model.fit_predict(points)


def dbscan(
    points: np.ndarray, k: int, seed: int, eps: float | None, min_samples: int
) -> np.ndarray:
    """DBSCAN; finds its own number of clusters, and noise; draws nothing."""
    if eps is None:
        neighbours = NearestNeighbors(n_neighbors=min(min_samples + 1, len(points)))
        eps = float(np.median(neighbours.fit(points).kneighbors(points)[0][:, -1]))
    return DBSCAN(eps=max(eps, LEAST), min_samples=min_samples).fit_predict(points)


MODELS: dict[str, Callable] = {
    "kmeans": kmeans,
    "ward": ward,
    "birch": birch,
    "spectral": spectral,
    "gaussian_mixture": gaussian_mixture,
    "mean_shift": mean_shift,
    "affinity_propagation": affinity_propagation,
    "dbscan": dbscan,
}


def cluster(
    name: str,
    points: np.ndarray,
    k: int,
    seed: int | None,
    settings: dict,
    limits: dict[str, int],
) -> Clustering:
    """Cluster points with one model of the registry.

    Beyond the model's limit a sample of the galaxies is clustered and the others belong
    to the nearest mean of its clusters.

    Parameters
    ----------
    name : key of `MODELS`.
    points : (N, n_dimensions).
    k : number of clusters, for the models that take one.
    seed : of the models in `SEEDED_MODELS`.
    settings : the model's own section of the config.
    limits : `bag_size` and `exact_limit`, galaxies.

    Raises
    ------
    InputError
        Where there are fewer galaxies than clusters.
    """
    if k > len(points):
        raise InputError(
            f"config key `clustering.k` is {k} but only {len(points)} galaxies can be"
            " clustered; choose a smaller number or add sources"
        )
    most = limits[LIMITS[name]] if name in LIMITS else len(points)
    chosen = draw_sample(len(points), most)
    sample = np.asarray(points[chosen], dtype=np.float64)
    result = MODELS[name](sample, k, seed, **settings)
    if isinstance(result, tuple):
        labels, confidence = result
        return Clustering(number_by_size(labels), confidence)
    if len(sample) < len(points):
        result = nearest_means(points, sample, result)
    return with_margins(points, result)
