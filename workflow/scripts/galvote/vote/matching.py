"""Clusters of several clusterings matched to those of a reference."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

ABSTAINS = -1


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


def aligned_memberships(
    reference: np.ndarray,
    voters: Sequence[np.ndarray],
    match: Callable[[np.ndarray, np.ndarray], np.ndarray] = align,
) -> np.ndarray:
    """Return the share of voters that put each galaxy into each reference cluster.

    Parameters
    ----------
    reference : int (N,), clusters 0..K-1, -1 for noise.
    voters : labels of every voter, the reference among them.
    match : `align`, or `align_by_majority` as in the original.

    Returns
    -------
    float32 (N, K); what is missing to 1 abstained.
    """
    k = max(int(reference.max(initial=-1)) + 1, 1)
    counts = np.zeros((len(reference), k), dtype=np.float32)
    for labels in voters:
        aligned = match(reference, labels)
        cast = np.flatnonzero(aligned >= 0)
        counts[cast, aligned[cast]] += 1.0
    return counts / np.float32(len(voters))
