"""Names of clusters by the labels that teach."""

import numpy as np

from galvote.classes.method import Teaching


def majority_names(memberships: np.ndarray, teaching: Teaching) -> np.ndarray:
    """Give each cluster the class of most of its labelled members.

    Parameters
    ----------
    memberships : (N, K), zero for galaxies that are not clustered.
    teaching : labels that teach.

    Returns
    -------
    int (K,), the class of each cluster; the most frequent of all where no member has a
    label.
    """
    weights = memberships[teaching.rows].astype(np.float64)
    inside = weights.any(axis=1)
    winners = weights.argmax(axis=1)[inside]
    counts = np.zeros((memberships.shape[1], len(teaching.names)))
    np.add.at(counts, (winners, teaching.classes[inside]), 1)
    counts[counts.sum(axis=1) == 0] = teaching.shares()
    return counts.argmax(axis=1)
