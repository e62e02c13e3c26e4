"""Voters of the soft vote: K-means on bags of galaxies, and what they say of others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from threadpoolctl import threadpool_limits

from galvote.base.parallel import in_order
from galvote.base.progress import progress
from galvote.clusters.means import nearest_centre

LARGE_BAG = 10_000  # galaxies; K-means runs on mini-batches beyond it
MINI_BATCH = 4096
LEAST_MEMBERS = 4.0  # galaxies a cluster should have on average


@dataclass
class Voters:
    """Clusterings of bags, and how likely each reference cluster is in their clusters.

    Attributes
    ----------
    centres : float32 (n_centres, n_dimensions), of all voters, one after another; a
        voter with fewer dimensions has zeros behind them.
    chances : float32 (n_centres, K), P(reference cluster | voter's cluster).
    sizes : int (n_voters,), clusters of each.
    dimensions : int (n_voters,), leading coordinates that each looks at.
    """

    centres: np.ndarray
    chances: np.ndarray
    sizes: np.ndarray
    dimensions: np.ndarray

    def _parts(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each voter's centres and chances."""
        ends = np.cumsum(self.sizes)
        for end, size, d in zip(ends, self.sizes, self.dimensions, strict=True):
            own = slice(end - size, end)
            yield self.centres[own, :d], self.chances[own]

    def labels(self, points: np.ndarray) -> Iterator[np.ndarray]:
        """Yield each voter's own clusters of points (N, n_dimensions), int (N,)."""
        points = np.asarray(points, dtype=np.float32)
        for centres, _ in self._parts():
            yield nearest_centre(points[:, : centres.shape[1]], centres)

    def ask(self, points: np.ndarray) -> np.ndarray:
        """Return the mean chances of points (N, n_dimensions), float32 (N, K)."""
        total = np.zeros((len(points), self.chances.shape[1]), dtype=np.float32)
        for (_, chances), cluster in zip(
            self._parts(), self.labels(points), strict=True
        ):
            total += chances[cluster]
        return total / np.float32(len(self.sizes))


def fit_voters(
    points: np.ndarray,
    reference: np.ndarray,
    settings: dict,
    seed: int,
    workers: int = 1,
) -> tuple[Voters, np.ndarray]:
    """Cluster bags of galaxies, and ask all voters about all galaxies.

    Each voter has its own bootstrap of the galaxies, number of leading coordinates and
    number of clusters (bagging: Breiman 1996; Dudoit & Fridlyand 2003 for clusters).
    Galaxies outside of its bag belong to the nearest of its centres. A voter does not
    name its clusters: it gives each galaxy the shares of the reference clusters among
    the other galaxies of its cluster. A galaxy does not speak for itself, so that the
    agreement on it is what it would be had it not been fitted.

    Parameters
    ----------
    points : (N, n_dimensions).
    reference : int (N,), reference clusters 0..K-1, -1 for noise.
    settings : `voters` (how many), `clusters` and `dimensions` (lowest and highest, in
        units of K and of n_dimensions), `bag_size` (most galaxies in a bag).
    workers : voters that are fitted at a time; the result does not depend on it.

    Returns
    -------
    the voters, and their memberships float32 (N, K).
    """
    points = np.ascontiguousarray(points, dtype=np.float32)
    k = max(int(reference.max(initial=-1)) + 1, 1)
    known = np.flatnonzero(reference >= 0)

    def fit_one(stream: np.random.SeedSequence) -> tuple[np.ndarray, ...]:
        rng = np.random.default_rng(stream)
        with threadpool_limits(1):  # else K-means' last digits depend on the cores
            centres = _cluster_bag(points, k, settings, rng)
            cluster = nearest_centre(points[:, : centres.shape[1]], centres)
        counts = np.zeros((len(centres), k), dtype=np.float32)
        np.add.at(counts, (cluster[known], reference[known]), 1.0)
        others = counts[cluster]
        others[known, reference[known]] -= 1.0
        return centres, _shares(counts), _shares(others)

    streams = np.random.SeedSequence(seed).spawn(settings["voters"])
    total = np.zeros((len(points), k), dtype=np.float32)
    all_centres, all_chances, dimensions = [], [], []
    fitted = in_order(fit_one, streams, workers)
    for centres, chances, said in progress(fitted, "voters", len(streams)):
        total += said
        missing = points.shape[1] - centres.shape[1]
        all_centres.append(np.pad(centres, ((0, 0), (0, missing))))
        all_chances.append(chances)
        dimensions.append(centres.shape[1])
    voters = Voters(
        np.concatenate(all_centres),
        np.concatenate(all_chances),
        np.array([len(centres) for centres in all_centres]),
        np.array(dimensions),
    )
    return voters, total / np.float32(len(streams))


def _shares(counts: np.ndarray) -> np.ndarray:
    """Divide each row by its sum; nothing stays nothing."""
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)


def _cluster_bag(
    points: np.ndarray, k: int, settings: dict, rng: np.random.Generator
) -> np.ndarray:
    """Return the centres of K-means on a bootstrap, float32 (n_clusters, n)."""
    n_galaxies, n_dimensions = points.shape
    size = min(n_galaxies, settings["bag_size"])
    low, high = settings["dimensions"]
    leading = max(1, round(rng.uniform(low, high) * n_dimensions))
    low, high = settings["clusters"]
    most = max(2.0, size / LEAST_MEMBERS)
    count = round(min(rng.uniform(low, high) * k, most))
    bag = np.sort(rng.integers(n_galaxies, size=size))
    chosen = points[bag, :leading]
    count = max(1, min(count, len(np.unique(bag))))
    seed = int(rng.integers(2**31))
    if size > LARGE_BAG:
        model = MiniBatchKMeans(
            count, batch_size=MINI_BATCH, n_init=1, random_state=seed
        )
    else:
        model = KMeans(count, n_init=1, random_state=seed)
    return np.asarray(model.fit(chosen).cluster_centers_, dtype=np.float32)
