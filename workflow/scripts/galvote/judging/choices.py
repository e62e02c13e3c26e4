"""Support for choosing the number of clusters and of principal components."""

import time

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from galvote.vote import tally
from galvote.vote.voters import fit_voters

MOST_TRIED = 20_000  # galaxies a choice is made on
SILHOUETTE_GALAXIES = 3000
PAIRS = 3  # of bootstraps, behind the stability
NEARLY = 0.05  # of the best stability, is as good


def stability_of(points: np.ndarray, k: int, n_init: int, seed: int) -> float:
    """Return the mean ARI of K-means on pairs of bootstraps, applied to all points."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(PAIRS):
        both = []
        for _ in range(2):
            bag = points[rng.integers(len(points), size=len(points))]
            model = KMeans(k, n_init=n_init, random_state=int(rng.integers(2**31)))
            both.append(model.fit(bag).predict(points))
        found.append(adjusted_rand_score(*both))
    return float(np.mean(found))


def try_choice(points: np.ndarray, k: int, settings: dict, seed: int) -> dict:
    """Cluster with K-means, let voters vote, and measure what came of it.

    Parameters
    ----------
    points : (N, n_dimensions), the leading principal components.
    k : number of clusters.
    settings : `n_init` of K-means, `soft` of the voters, `min_agreement` of the vote,
        `workers`.

    Returns
    -------
    `k`, `dimensions`, `inertia` (mean squared distance to the centre), `silhouette`,
    `stability`, `voted_share`, `seconds` (of clustering and vote).
    """
    start = time.perf_counter()
    model = KMeans(k, n_init=settings["n_init"], random_state=seed).fit(points)
    _, memberships = fit_voters(
        points, model.labels_, settings["soft"], seed, settings["workers"]
    )
    sure = tally.tally(memberships).agreement >= settings["min_agreement"]
    seconds = time.perf_counter() - start
    sample = min(SILHOUETTE_GALAXIES, len(points))
    silhouette = np.nan
    if len(np.unique(model.labels_)) > 1 and sample > k:
        silhouette = silhouette_score(
            points, model.labels_, sample_size=sample, random_state=seed
        )
    return {
        "k": k,
        "dimensions": points.shape[1],
        "inertia": model.inertia_ / len(points),
        "silhouette": silhouette,
        "stability": stability_of(points, k, settings["n_init"], seed),
        "voted_share": float(sure.mean()),
        "seconds": seconds,
    }


def recommend(table: pd.DataFrame) -> str:
    """Say which choice to take and why, in words.

    The finest clustering is taken whose bootstrap stability is nearly the best.
    """
    best = table["stability"].max()
    good = table[table["stability"] >= best - NEARLY]
    chosen = good.sort_values(["k", "voted_share"]).iloc[-1]
    most = table.loc[table["stability"].idxmax()]
    ends = {table["k"].min(): "smallest", table["k"].max(): "largest"}
    edge = ""
    if len(ends) > 1 and chosen.k in ends:
        edge = f" It is the {ends[chosen.k]} number tried: try others beyond it."
    return (
        f"Take `clustering.k: {chosen.k:.0f}` and `clustering.dimensions:"
        f" {chosen.dimensions:.0f}`: the"
        " finest clustering with nearly the best bootstrap stability"
        f" ({chosen.stability:.2f};"
        f" the best is {best:.2f} at k = {most.k:.0f}, {most.dimensions:.0f}"
        f" dimensions). It votes {chosen.voted_share:.0%} of the galaxies at the"
        f" `min_agreement` of the config.{edge} More clusters are finer and less"
        " stable; two clusters may have one name, so that too many cost little but"
        " naming."
    )
