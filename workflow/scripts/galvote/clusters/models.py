"""The clusterings that can vote: a class for each, with its settings and limits.

A new one is a class here and its entry in `MODELS`.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from galvote.base.settings import Section, Whole

THRESHOLD_TRIALS = 40
MOST_SUB_CLUSTERS = 2000  # that are aimed at; their merging grows with the square
MOST_SEEDS = 1000  # of mean shift
LEAST = 1e-12  # of lengths that must not vanish where all galaxies are alike
Labels = np.ndarray | tuple[np.ndarray, np.ndarray]


class Model(Section):
    """Settings of a clustering.

    Attributes
    ----------
    limit : key of the section `clustering` that says on how many galaxies it is fitted
        at most; the others belong to the nearest of its means.
    seeded : whether it draws random numbers.
    """

    limit: ClassVar[Literal["bag_size", "exact_limit"] | None] = None
    seeded: ClassVar[bool] = True

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points, float64 (N, n_dimensions).

        Parameters
        ----------
        k : number of clusters, for the models that take one.
        seed : of the models that draw.

        Returns
        -------
        int (N,), -1 for noise; with it the confidence (N,) of models that give
        probabilities.
        """
        raise NotImplementedError


class KMeans(Model):
    """Settings of K-means (Lloyd 1982)."""

    limit = "bag_size"
    n_init: Whole = Field(
        10, ge=1, description="Number of random starts; the best is kept."
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points; the best of some starts is kept."""
        from sklearn import cluster

        model = cluster.KMeans(k, n_init=self.n_init, random_state=seed)
        return model.fit_predict(points)


class Ward(Model):
    """Settings of agglomerative clustering with Ward's criterion (1963)."""

    limit = "exact_limit"
    seeded = False

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points."""
        from sklearn.cluster import AgglomerativeClustering

        return AgglomerativeClustering(k, linkage="ward").fit_predict(points)


class Birch(Model):
    """Settings of BIRCH (Zhang et al. 1996); its sub-clusters are merged by Ward."""

    limit = "bag_size"
    seeded = False
    branching_factor: Whole = Field(
        50, ge=2, description="Maximum number of sub-clusters in a node of the tree."
    )
    threshold: float | None = Field(
        None,
        gt=0,
        description="Radius below which sub-clusters merge; null searches for one that"
        " leaves between 3 K and N / 5 sub-clusters.",
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points."""
        from sklearn import cluster

        tree = cluster.Birch(
            threshold=self.threshold or self.find_threshold(points, k),
            branching_factor=self.branching_factor,
            n_clusters=k,
        )
        return tree.fit_predict(points)

    def find_threshold(self, points: np.ndarray, k: int) -> float:
        """Search a threshold that leaves between 3 K and N / 5 sub-clusters.

        scikit-learn's default makes one sub-cluster of each galaxy, and then BIRCH is
        Ward's clustering over again. With few sub-clusters one cluster swallows most
        galaxies, for a sub-cluster of one outlier counts as much as one of a hundred
        galaxies when they are merged; so the search aims just below the upper end, and
        halves the interval in which the number crosses that.
        """
        from sklearn import cluster

        low_count, high_count = 3 * k, max(len(points) / 5.0, 3 * k)
        target = max(low_count, min(0.85 * high_count, MOST_SUB_CLUSTERS))
        low, high = 0.0, max(float(np.sqrt(points.var(axis=0).sum())) * 4.0, LEAST)
        best, best_miss = high, np.inf
        for _ in range(THRESHOLD_TRIALS):
            middle = (low + high) / 2.0
            tree = cluster.Birch(
                threshold=middle,
                branching_factor=self.branching_factor,
                n_clusters=None,
            )
            count = len(tree.fit(points).subcluster_centers_)
            miss = abs(np.log(count / target))
            if miss < best_miss:
                best, best_miss = middle, miss
            if low_count <= count <= high_count and miss < 0.1:
                break
            low, high = (middle, high) if count > target else (low, middle)
        return best


class Spectral(Model):
    """Settings of spectral clustering of the graph of nearest neighbours."""

    limit = "exact_limit"
    neighbours: Whole = Field(
        10, ge=2, description="Number of neighbours in the graph."
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster more points than clusters."""
        from sklearn.cluster import SpectralClustering

        model = SpectralClustering(
            k,
            affinity="nearest_neighbors",
            n_neighbors=min(self.neighbours, len(points) - 1),
            random_state=seed,
            assign_labels="kmeans",
        )
        return model.fit_predict(points)


class GaussianMixture(Model):
    """Settings of the Gaussian mixture."""

    covariance: Literal["full", "tied", "diag", "spherical"] = Field(
        "diag", description="Shape of the components."
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points; the confidence is the posterior of the component."""
        from sklearn import mixture

        scale = points.var(axis=0).max()
        model = mixture.GaussianMixture(
            k,
            covariance_type=self.covariance,
            random_state=seed,
            reg_covar=max(1e-6 * scale, LEAST),
        )
        posterior = model.fit(points).predict_proba(points)
        return posterior.argmax(axis=1), posterior.max(axis=1)


class MeanShift(Model):
    """Settings of mean shift (finds its own number of clusters)."""

    limit = "exact_limit"
    quantile: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Quantile of the pairwise distances that sets the bandwidth.",
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points."""
        from sklearn import cluster

        order = np.random.default_rng(seed).permutation(len(points))
        seeds = points[order[:MOST_SEEDS]]
        bandwidth = cluster.estimate_bandwidth(seeds, quantile=self.quantile) or None
        return cluster.MeanShift(bandwidth=bandwidth, seeds=seeds).fit_predict(points)


class AffinityPropagation(Model):
    """Settings of affinity propagation (finds its own number of clusters)."""

    limit = "exact_limit"
    damping: float = Field(0.7, ge=0.5, lt=1, description="Damping of the messages.")

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points."""
        from sklearn import cluster

        model = cluster.AffinityPropagation(
            damping=self.damping, max_iter=500, random_state=seed
        )
        return model.fit_predict(points)


class Dbscan(Model):
    """Settings of DBSCAN (finds its own number of clusters, and noise)."""

    limit = "exact_limit"
    seeded = False
    eps: float | None = Field(
        None,
        gt=0,
        description="Radius of a neighbourhood; null takes the median distance to the"
        " `min_samples`-th neighbour.",
    )
    min_samples: Whole = Field(
        5, ge=1, description="Number of neighbours that make a galaxy a core point."
    )

    def fit(self, points: np.ndarray, k: int, seed: int | None) -> Labels:
        """Cluster points."""
        from sklearn.cluster import DBSCAN
        from sklearn.neighbors import NearestNeighbors

        eps = self.eps
        if eps is None:
            count = min(self.min_samples + 1, len(points))
            neighbours = NearestNeighbors(n_neighbors=count).fit(points)
            eps = float(np.median(neighbours.kneighbors(points)[0][:, -1]))
        model = DBSCAN(eps=max(eps, LEAST), min_samples=self.min_samples)
        return model.fit_predict(points)


MODELS: dict[str, type[Model]] = {
    "kmeans": KMeans,
    "ward": Ward,
    "birch": Birch,
    "spectral": Spectral,
    "gaussian_mixture": GaussianMixture,
    "mean_shift": MeanShift,
    "affinity_propagation": AffinityPropagation,
    "dbscan": Dbscan,
}
