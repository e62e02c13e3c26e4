"""Which methods are judged, and on which seeds: a run's own and the baselines."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from galvote import clustering, evaluation, voting
from galvote.evaluation import Assignment
from galvote.model_names import SEEDED_MODELS

Labels = dict[str, clustering.Clustering]


def vote_assignment(
    method: str, votes: voting.Vote, confidence: np.ndarray, known: np.ndarray
) -> Assignment:
    """Say what a vote says of the galaxies `known` (indices).

    Among galaxies of one agreement the reference's confidence decides.
    """
    winner = np.where(votes.votes > 0, votes.memberships.argmax(axis=1), -1)
    surer = np.nan_to_num(confidence, nan=0.0)
    order = votes.agreement + 1e-3 * surer
    return Assignment(method, winner[known], order[known], votes.cluster[known] >= 0)


def refit(points: np.ndarray, settings: dict, seed: int, given: Labels) -> Labels:
    """Cluster anew with a seed; models that draw nothing keep their labels."""
    return {
        name: (
            clustering.cluster(name, points, settings["k"], seed, settings[name])
            if name in SEEDED_MODELS
            else given[name]
        )
        for name in given
    }


def assignments(
    labels: Labels, reference: str, min_votes: int, known: np.ndarray
) -> Iterator[Assignment]:
    """Yield what each clustering, the vote and the original's vote say.

    Parameters
    ----------
    labels : of each model, (N,).
    reference, min_votes : of the vote.
    known : indices of the labelled galaxies.
    """
    everything = np.ones(len(known), dtype=bool)
    for name, result in labels.items():
        yield Assignment(
            name, result.labels[known], result.confidence[known], everything
        )
    base = labels[reference]
    voters = [result.labels for result in labels.values()]
    for method, match in (
        ("vote", voting.align),
        ("vote of the original", voting.align_by_majority),
    ):
        votes = voting.hold_vote(base.labels, voters, min_votes, match)
        yield vote_assignment(method, votes, base.confidence, known)


def baselines(
    points: np.ndarray,
    measured: np.ndarray,
    truth: np.ndarray,
    k: int,
    probe_labels: list[int],
    seed: int,
) -> Iterator[tuple[np.ndarray, Assignment]]:
    """Yield indices into the labelled galaxies and what a baseline says of them.

    Parameters
    ----------
    points, measured : coordinates of the labelled galaxies, codes and hand-made.
    truth : int (N,).
    """
    everything = np.arange(len(truth))
    stands = np.ones(len(truth), dtype=bool)
    rng = np.random.default_rng(seed)
    draw = rng.integers(k, size=len(truth))
    yield (
        everything,
        Assignment("random clusters", draw, rng.random(len(truth)), stands),
    )
    if k <= len(truth):
        by_hand = clustering.cluster("kmeans", measured, k, seed, {"n_init": 10})
        yield (
            everything,
            Assignment(
                "eight measured numbers", by_hand.labels, by_hand.confidence, stands
            ),
        )
    for n_labels in probe_labels:
        outcome = evaluation.logistic_probe(points, truth, n_labels, seed)
        if outcome is not None:
            judged, predicted, chance = outcome
            method = f"logistic probe, {n_labels} labels"
            yield judged, Assignment(method, predicted, chance, stands[judged], True)


def voter_agreement(labels: Labels) -> pd.DataFrame:
    """Return the adjusted Rand index (`ari`) of each pair `model`, `other`."""
    rows = [
        (one, other, adjusted_rand_score(labels[one].labels, labels[other].labels))
        for one, other in combinations(labels, 2)
    ]
    return pd.DataFrame(rows, columns=["model", "other", "ari"])
