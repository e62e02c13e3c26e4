"""Momentum contrast: a network learns features from galaxies without any label."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from galvote.classes.label_free import LabelFree
from galvote.networks.training import batch_indices

N_VALIDATED = 256  # galaxies
NOBODY = -1  # owns the places of a queue that is not full yet


class Projected(nn.Module):
    """A network whose features are projected onto a sphere, with a queue of keys.

    Parameters
    ----------
    body : gives features (n, n_features).
    n_features : their number.
    n_dimensions : of the sphere.
    n_keys : that the queue holds.
    """

    def __init__(
        self, body: nn.Module, n_features: int, n_dimensions: int, n_keys: int
    ) -> None:
        super().__init__()
        self.body = body
        self.head = nn.Sequential(
            nn.Linear(n_features, n_features),
            nn.ReLU(),
            nn.Linear(n_features, n_dimensions),
        )
        self.register_buffer("keys", torch.zeros(n_keys, n_dimensions))
        self.register_buffer("owners", torch.full((n_keys,), NOBODY))

    def forward(self, images: Tensor) -> Tensor:
        """Return points of unit length (n, n_dimensions)."""
        return normalize(self.head(self.body(images)), dim=1)


class Contrast(LabelFree):
    """The task of momentum contrast (He et al. 2020, arXiv:1911.05722).

    Two changed images of a galaxy are to lie close together, and far from the keys of
    other galaxies. Keys come from the teacher, the moving average of the weights.
    Older keys of the same galaxy are left out: small surveys have come round before the
    queue has. The queue starts empty: told from random points, all galaxies would fall
    on one.

    Parameters
    ----------
    parts : see `LabelFree`; the network is `Projected`, and the settings also have
        `temperature`.
    """

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        torch.manual_seed(self.settings["seed"])
        validated = np.arange(self.count)[:: -(-self.count // N_VALIDATED)]
        self.pairs = [self.prepare(validated, "sky") for _ in range(2)]

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the contrastive loss of a batch, whose keys join the queue first."""
        size, network = self.settings["batch_size"], self.network
        rows = batch_indices(self.count, size, step, self.settings["seed"])
        change = self.settings["augment"]
        keys = self.ask_teacher(self.prepare(rows, change))
        owners = torch.from_numpy(rows).to(keys.device)
        places = torch.arange(step * size, (step + 1) * size) % len(network.keys)
        network.keys[places], network.owners[places] = keys, owners
        others = (network.owners != owners[:, None]) & (network.owners != NOBODY)
        points = network(self.prepare(rows, change))
        queue, temperature = network.keys.clone(), self.settings["temperature"]
        return contrastive_loss(points, keys, queue, others, temperature)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return the share of some galaxies that find their own other image."""
        one, other = (network(images) for images in self.pairs)
        found = (one @ other.T).argmax(dim=1).cpu() == torch.arange(len(one))
        return {"found_again": found.float().mean().item()}


def contrastive_loss(
    points: Tensor, keys: Tensor, queue: Tensor, others: Tensor, temperature: float
) -> Tensor:
    """Return equation 1 of He et al. (2020), the mean over a batch, a scalar.

    Parameters
    ----------
    points, keys : of the same galaxies, of unit length, (n, n_dimensions).
    queue : further keys, (n_keys, n_dimensions).
    others : bool (n, n_keys), which of them are of another galaxy.
    """
    own = (points * keys).sum(dim=1, keepdim=True)
    further = (points @ queue.T).masked_fill(~others, -torch.inf)
    logits = torch.cat([own, further], dim=1) / temperature
    first = torch.zeros(len(points), dtype=torch.long, device=points.device)
    return cross_entropy(logits, first)
