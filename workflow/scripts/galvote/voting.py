"""The vote: labels matched to a reference clustering, counted galaxy by galaxy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

ABSTAINS = -1
REST = -1
VOTED, DISAGREEMENT, TIE, NOISE = "voted", "disagreement", "tie", "noise"


def align(reference: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give a voter's clusters the numbers of the reference clusters, one to one.

    The matching shares most galaxies (Kuhn 1955, the Hungarian method). Clusters left
    without a partner, and noise, abstain.

    Parameters
    ----------
    reference, labels : int (N,), -1 for noise.

    Returns
    -------
    int (N,), reference labels; -1 abstains.
    """
    aligned = np.full(len(labels), ABSTAINS)
    both = (reference >= 0) & (labels >= 0)
    if not both.any():
        return aligned
    theirs, their_index = np.unique(reference[both], return_inverse=True)
    mine, my_index = np.unique(labels[both], return_inverse=True)
    shared = contingency_matrix(my_index, their_index)
    for row, column in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[row, column] > 0:
            aligned[labels == mine[row]] = theirs[column]
    return aligned


def align_by_majority(reference: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give each of a voter's clusters its most frequent reference label.

    The original's way (several clusters may take one label), kept as a baseline.
    """
    aligned = np.full(len(labels), ABSTAINS)
    for label in np.unique(labels[labels >= 0]):
        inside = labels == label
        partners = reference[inside & (reference >= 0)]
        if len(partners):
            aligned[inside] = np.bincount(partners).argmax()
    return aligned


@dataclass
class Vote:
    """Outcome of a vote.

    Attributes
    ----------
    cluster : int (N,), clusters numbered by falling size from 0, -1 for rest.
    votes : int (N,), for the winner.
    agreement : (N,), votes for the winner / number of voters; abstentions count
        against it.
    runner_up : int (N,), cluster with the second most votes, -1 for none.
    reason : (N,) text: voted, disagreement, tie, noise.
    memberships : float16 (N, K), share of all voters for each cluster; what is missing
        to 1 abstained.
    """

    cluster: np.ndarray
    votes: np.ndarray
    agreement: np.ndarray
    runner_up: np.ndarray
    reason: np.ndarray
    memberships: np.ndarray


def count_votes(aligned: np.ndarray, min_votes: int) -> Vote:
    """Count the votes of aligned labels.

    Parameters
    ----------
    aligned : int (n_voters, N), reference labels, -1 abstains; galaxies sorted by id.
    min_votes : votes that a galaxy's winner needs.
    """
    n_voters, n_galaxies = aligned.shape
    k = int(aligned.max(initial=-1)) + 1
    counts = np.zeros((n_galaxies, max(k, 1)), dtype=np.int64)
    for labels in aligned:
        cast = np.flatnonzero(labels >= 0)
        np.add.at(counts, (cast, labels[cast]), 1)
    winner, votes = counts.argmax(axis=1), counts.max(axis=1)
    tie = (counts == votes[:, None]).sum(axis=1) > 1
    reason = np.full(n_galaxies, VOTED, dtype=object)
    reason[tie] = TIE
    reason[votes < min_votes] = DISAGREEMENT
    reason[votes == 0] = NOISE
    voted = reason == VOTED
    order = _by_falling_size(winner[voted], counts.shape[1])
    counts = counts[:, order]
    rank = np.argsort(order)
    others = counts.copy()
    others[np.arange(n_galaxies), rank[winner]] = 0
    runner_up = np.where(others.max(axis=1) > 0, others.argmax(axis=1), REST)
    return Vote(
        np.where(voted, rank[winner], REST),
        votes,
        votes / n_voters,
        runner_up,
        reason.astype(str),
        (counts / n_voters).astype(np.float16),
    )


def hold_vote(
    reference: np.ndarray,
    voters: Sequence[np.ndarray],
    min_votes: int,
    match: Callable[[np.ndarray, np.ndarray], np.ndarray] = align,
) -> Vote:
    """Match all voters to the reference and count.

    Parameters
    ----------
    reference : int (N,), labels of the reference clustering, -1 for noise.
    voters : labels of every voter, the reference among them.
    min_votes : votes that a galaxy's winner needs.
    match : `align`, or `align_by_majority` as in the original.
    """
    _, numbered = np.unique(reference, return_inverse=True)
    numbered = numbered - int(reference.min(initial=0) < 0)
    aligned = np.stack([match(numbered, labels) for labels in voters])
    return count_votes(aligned, min_votes)


def _by_falling_size(labels: np.ndarray, k: int) -> np.ndarray:
    """Return the labels 0..k-1 by falling count, ties by their first galaxy."""
    sizes = np.bincount(labels, minlength=k)
    first = np.full(k, len(labels))
    np.minimum.at(first, labels, np.arange(len(labels)))
    return np.lexsort((np.arange(k), first, -sizes))


def vote_table(ids: np.ndarray, vote: Vote, set_aside: pd.DataFrame) -> pd.DataFrame:
    """Return the table `votes`, sorted by id.

    Parameters
    ----------
    ids : (N,) of the galaxies that were voted on.
    vote : their outcome.
    set_aside : `id` and `reason` of galaxies that were encoded and not clustered.
    """
    voted_on = pd.DataFrame(
        {
            "id": ids,
            "cluster": vote.cluster,
            "votes": vote.votes,
            "agreement": vote.agreement,
            "runner_up": vote.runner_up,
            "reason": vote.reason,
        }
    )
    aside = set_aside[["id", "reason"]].assign(
        cluster=REST, votes=0, agreement=0.0, runner_up=REST
    )
    table = pd.concat([voted_on, aside[voted_on.columns]], ignore_index=True)
    return table.sort_values("id", ignore_index=True)
