"""DeepCluster: a network learns features from its own clusters of galaxies."""

from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from galvote.classes.label_free import LabelFree
from galvote.classes.supervised import outputs_of_rows


class Headed(nn.Module):
    """A network with a last layer that tells clusters.

    Parameters
    ----------
    body : gives features (n, n_features).
    n_features, n_clusters : their number, and that of the clusters.
    """

    def __init__(self, body: nn.Module, n_features: int, n_clusters: int) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(n_features, n_clusters)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (n, n_clusters)."""
        return self.head(self.body(images))


class OwnClusters(LabelFree):
    """The task of DeepCluster (Caron et al. 2018, arXiv:1807.05520).

    In the first step of each epoch the features of all galaxies are clustered. The
    network then learns to tell these clusters by a last layer that starts anew; all
    clusters are drawn equally often, so that none wins by its size.

    Parameters
    ----------
    parts : see `LabelFree`; the network is `Headed`, and the settings also have
        `epoch_steps`, `clusters`, `components`.
    """

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.rows = np.arange(self.count)

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the cross entropy of a batch against its clusters."""
        if step % self.settings["epoch_steps"] == 0:
            self._cluster(self.settings["seed"] + step)
        size = self.settings["batch_size"]
        weights = torch.from_numpy(1.0 / np.bincount(self.clusters)[self.clusters])
        drawn = torch.multinomial(weights, size, True, generator=rng).numpy()
        inputs = self.prepare(self.rows[drawn], self.settings["augment"])
        wanted = torch.from_numpy(self.clusters[drawn]).to(inputs.device)
        return cross_entropy(self.network(inputs), wanted)

    def _cluster(self, seed: int) -> None:
        """Cluster the features, and start the last layer anew."""
        self.network.eval()
        features = outputs_of_rows(self.network.body, self.prepare, self.rows).numpy()
        self.set_to_learn()
        points = points_of(features, self.settings["components"])
        self.clusters = clusters_of(points, self.settings["clusters"], seed)
        self.network.head.reset_parameters()
        for parameter in self.network.head.parameters():
            self.optimizer.state.pop(parameter, None)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return how the clusters of the epoch compare with those of the one before."""
        before = self.notes[-1]["cluster"].numpy() if self.notes else None
        same = np.nan
        if before is not None:
            same = float(normalized_mutual_info_score(before, self.clusters))
        sizes = np.bincount(self.clusters)
        return {
            "clusters": int((sizes > 0).sum()),
            "largest_share": float(sizes.max() / len(self.clusters)),
            "nmi_with_before": same,
        }

    def note(self, network: nn.Module) -> dict[str, Tensor]:
        """Return the clusters of the epoch."""
        return {"cluster": torch.from_numpy(self.clusters.astype(np.int32))}


def points_of(features: np.ndarray, components: int) -> np.ndarray:
    """Return whitened principal components of unit length, (N, n_components).

    Parameters
    ----------
    features : float (N, n_features).
    components : their number, at most.
    """
    count = min(components, *features.shape)
    found = PCA(count, whiten=True, random_state=0).fit_transform(features)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def clusters_of(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the clusters, int (N,), of points by K-means, none of them empty.

    scikit-learn fills an empty cluster with the galaxies farthest from their own.
    """
    with threadpool_limits(1):  # else K-means' last digits depend on the cores
        model = KMeans(min(count, len(points)), n_init=1, random_state=seed)
        return model.fit(points).labels_.astype(int)
