"""Which methods are judged, and on which seeds: a run's own and the baselines."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from galvote.clusters.fitting import cluster
from galvote.clusters.means import (
    Clustering,
    draw_sample,
    nearest_means,
    number_by_size,
    with_margins,
)
from galvote.clusters.models import MODELS
from galvote.judging import scores
from galvote.judging.consensus import co_association
from galvote.judging.scores import Assignment, single_weights
from galvote.vote import matching
from galvote.vote.tally import SOFT_VOTE
from galvote.vote.voters import fit_voters

Clusterings = dict[str, Clustering]
PUBLISHED, ORIGINAL = "eUML vote", "eUML vote, as published"


def refit(
    points: np.ndarray, settings: dict, seed: int, given: Clusterings
) -> Clusterings:
    """Cluster anew with a seed; models that draw nothing keep their labels."""
    return {
        name: (
            cluster(
                name, points, settings["k"], seed, settings[name], settings["limits"]
            )
            if MODELS[name].seeded
            else given[name]
        )
        for name in given
    }


def single(name: str, found: Clustering, known: np.ndarray) -> Assignment:
    """Say what one clustering says of the galaxies `known` (indices)."""
    return Assignment(name, single_weights(found.labels, found.confidence)[known])


def assignments(
    points: np.ndarray,
    labels: Clusterings,
    settings: dict,
    seed: int,
    known: np.ndarray,
) -> Iterator[Assignment]:
    """Yield what clusterings, votes and consensus say of the labelled galaxies.

    Parameters
    ----------
    points : (N, n_dimensions).
    labels : of each model, (N,).
    settings : of the clusterings and of the vote.
    seed : of the soft vote.
    known : indices of the labelled galaxies.
    """
    for name, found in labels.items():
        yield single(name, found, known)
    reference = labels[settings["reference"]].labels
    voters, memberships = fit_voters(
        points, reference, settings["soft"], seed, settings["workers"]
    )
    asked = settings["min_agreement"], settings["least_share"]
    yield Assignment(SOFT_VOTE, memberships[known], *asked)
    each = [found.labels for found in labels.values()]
    needed = settings["min_votes"] / len(each)
    mended = matching.aligned_memberships(reference, each)
    yield Assignment(PUBLISHED, mended[known], needed, on_names=False)
    original = matching.aligned_memberships(reference, each, matching.align_by_majority)
    yield Assignment(ORIGINAL, original[known], 1.0, on_names=False)
    consensus = co_association(points, voters, settings["k"])
    yield single("co-association", consensus, known)


def other_clusterings(points: np.ndarray, settings: dict, seed: int) -> Clusterings:
    """Cluster by methods that the run does not use: Gaussian mixture and HDBSCAN."""
    found, k, limits = {}, settings["k"], settings["limits"]
    if "gaussian_mixture" not in settings["models"]:
        asked = {"covariance": "diag"}
        found["gaussian_mixture"] = cluster(
            "gaussian_mixture", points, k, seed, asked, limits
        )
    chosen = draw_sample(len(points), limits["exact_limit"])
    sample = points[chosen]
    smallest = max(2, len(sample) // (10 * k))
    if len(sample) > smallest:
        model = HDBSCAN(min_cluster_size=smallest, min_samples=2, copy=True).fit(sample)
        if len(sample) < len(points):
            labels = nearest_means(points, sample, model.labels_)
            found["hdbscan"] = with_margins(points, labels)
        else:
            labels = number_by_size(model.labels_)
            found["hdbscan"] = Clustering(labels, model.probabilities_)
    return found


def baselines(
    points: np.ndarray,
    hand_made: np.ndarray,
    truth: np.ndarray,
    settings: dict,
    seed: int,
) -> Iterator[tuple[np.ndarray, Assignment]]:
    """Yield indices into the labelled galaxies and what a baseline says of them.

    Parameters
    ----------
    points, hand_made : coordinates of the labelled galaxies, codes and hand-made.
    truth : int (N,).
    """
    everything, k = np.arange(len(truth)), settings["k"]
    rng = np.random.default_rng(seed)
    draw = rng.integers(k, size=len(truth))
    weights = single_weights(draw, rng.random(len(truth)))
    yield everything, Assignment("random clusters", weights)
    if k <= len(truth):
        by_hand = cluster(
            "kmeans", hand_made, k, seed, {"n_init": 10}, settings["limits"]
        )
        yield everything, single("eight hand-made numbers", by_hand, everything)
    for n_labels in settings["probe_labels"]:
        outcome = scores.logistic_probe(points, truth, n_labels, seed)
        if outcome is not None:
            judged, chances = outcome
            method = f"logistic probe, {n_labels} labels"
            yield judged, Assignment(method, chances, classes=True)


def voter_agreement(labels: Clusterings) -> pd.DataFrame:
    """Return the adjusted Rand index (`ari`) of each pair `model`, `other`."""
    rows = [
        (one, other, adjusted_rand_score(labels[one].labels, labels[other].labels))
        for one, other in combinations(labels, 2)
    ]
    return pd.DataFrame(rows, columns=["model", "other", "ari"])
