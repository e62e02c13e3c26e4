"""Consensus of many clusterings by co-association, a baseline of the vote."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from galvote.clusters.means import Clustering, draw_sample, nearest_means, with_margins
from galvote.vote.voters import Voters

MOST_COMPARED_PAIRWISE = 3000  # galaxies; time and memory grow with the square


def co_association(points: np.ndarray, voters: Voters, k: int) -> Clustering:
    """Cluster galaxies by how often voters put them together.

    Evidence accumulation (Fred & Jain 2005): average linkage of the share of voters
    that separate two galaxies. Of more than `LARGEST` galaxies a sample is clustered
    and the others belong to the nearest mean.

    Parameters
    ----------
    points : (N, n_dimensions).
    voters : that were fitted on such points.
    k : number of clusters, at most N.
    """
    chosen = draw_sample(len(points), MOST_COMPARED_PAIRWISE)
    sample = np.asarray(points[chosen], dtype=np.float32)
    apart = np.zeros((len(sample), len(sample)), dtype=np.float32)
    for labels in voters.labels(sample):
        apart += labels[:, None] != labels
    model = AgglomerativeClustering(
        min(k, len(sample)), metric="precomputed", linkage="average"
    )
    labels = model.fit_predict(apart / np.float32(len(voters.sizes)))
    if len(sample) < len(points):
        labels = nearest_means(points, sample, labels)
    return with_margins(points, labels)
