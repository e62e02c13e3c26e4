"""A dense network trained on the latents of labelled galaxies."""

from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from galvote.classes.method import Trained, Work
from galvote.classes.supervised import Labelled, Supervised, outputs_of_rows
from galvote.networks.training import Schedule, exponential_decay, state_key, train
from galvote.networks.training_states import state_path


class Standardised:
    """Gives a network the latents of some galaxies, of mean 0 and variance 1.

    Parameters
    ----------
    latents : float32 (N, n_latents).
    mean, spread : (n_latents,).
    device : of torch.
    """

    def __init__(
        self, latents: np.ndarray, mean: np.ndarray, spread: np.ndarray, device: str
    ) -> None:
        self.latents, self.mean, self.spread = latents, mean, spread
        self.device = device

    def __call__(self, rows: np.ndarray, augment: str) -> Tensor:
        """Return float32 (n, n_latents) on the device; nothing changes latents."""
        points = (self.latents[rows] - self.mean) / self.spread
        return torch.from_numpy(points.astype(np.float32)).to(self.device)


class DenseNetwork:
    """A dense network that was trained on latents.

    Parameters
    ----------
    network : gives logits (n, n_classes).
    scale : mean and spread of the latents.
    facts : how it is built, and its classes.
    history : of its training.
    device : of torch.
    """

    def __init__(
        self,
        network: nn.Module,
        scale: tuple[np.ndarray, np.ndarray],
        facts: dict,
        history: pd.DataFrame,
        device: str,
    ) -> None:
        self.network, self.scale, self.facts = network, scale, facts
        self.history, self.device = history, device

    def chances(self, latents: np.ndarray) -> np.ndarray:
        """Return probabilities (N, n_classes) of latents (N, n_latents)."""
        prepare = Standardised(latents, *self.scale, self.device)
        rows = np.arange(len(latents))
        logits = outputs_of_rows(self.network.eval(), prepare, rows)
        return torch.softmax(logits.double(), dim=1).numpy()

    def kept(self) -> Trained:
        """Return what is kept of the network."""
        tensors = {k: v.detach().cpu() for k, v in self.network.state_dict().items()}
        mean, spread = (torch.from_numpy(part) for part in self.scale)
        tensors |= {"latent_mean": mean, "latent_spread": spread}
        return Trained(tensors, self.facts, self.history)


def train_dense(
    latents: np.ndarray,
    learn: Labelled,
    validate: Labelled,
    names: list[str],
    settings: dict,
    work: Work,
) -> DenseNetwork:
    """Train a dense network, or go on with an interrupted training.

    Parameters
    ----------
    latents : float32 (N, n_latents), of all galaxies.
    learn, validate : rows and classes of labelled ones.
    names : of the classes.
    settings : of `classes.latent.Latent`.
    work : seed, device, folder.
    """
    spread = latents.std(axis=0)
    scale = latents.mean(axis=0), np.where(spread > 0, spread, 1.0).astype(np.float32)
    widths = [latents.shape[1], *settings["layers"]]
    torch.manual_seed(work.seed)
    network = layers_of(widths, len(names), settings["dropout"]).to(work.device)
    task = Supervised(
        network,
        torch.optim.Adam(network.parameters()),
        Standardised(latents, *scale, work.device),
        learn,
        validate,
        settings | {"augment": "none", "seed": work.seed},
    )
    schedule = Schedule(
        settings["epoch_steps"],
        settings["max_epochs"],
        settings["patience"],
        exponential_decay(settings["learning_rate"], 1.0, 1),
    )
    of_state = {"settings": settings, "seed": work.seed, "classes": names}
    key = state_key([latents, *learn, *validate], of_state, work.code)
    history = train(task, schedule, work.seed, state_path(work.folder, key))
    facts = {"widths": widths, "classes": names}
    return DenseNetwork(network, scale, facts, history, work.device)


def layers_of(widths: list[int], n_classes: int, dropout: float) -> nn.Sequential:
    """Build dense layers with PReLU between them, from latents to logits."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.PReLU()]
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))
