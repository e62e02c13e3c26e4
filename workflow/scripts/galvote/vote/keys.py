"""Keys of clusters: digests of their members."""

import hashlib

import numpy as np

from galvote.vote.matching import ABSTAINS
from galvote.vote.tally import winners

KEY_LENGTH = 12


def cluster_keys(ids: np.ndarray, memberships: np.ndarray) -> list[str]:
    """Return a digest of the members of each cluster, (K,).

    A cluster is known by it when the numbers change. Thresholds and names do not
    matter for it: members are the galaxies to whom every other cluster is less likely.
    It begins with a letter, or a spreadsheet would take some for numbers.
    """
    best = memberships.max(axis=1, keepdims=True)
    tied = (memberships == best).sum(axis=1) > 1
    keys, cluster = [], np.where(tied, ABSTAINS, winners(memberships))
    for number in range(memberships.shape[1]):
        members = sorted(ids[cluster == number].tolist())
        text = "\n".join(members or [f"cluster {number} without members"])
        keys.append("k" + hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH])
    return keys
