"""An encoder that learns from all galaxies of a run, without any label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from galvote.base.progress import log
from galvote.classes.contrast import Contrast, Projected
from galvote.classes.deep_clusters import Headed, OwnClusters
from galvote.classes.fine_tuning import (
    WARM_SHARE,
    encoder_for,
    is_pretrained,
    pictures_of,
)
from galvote.classes.method import Work
from galvote.classes.supervised import Prepare, outputs_of_all
from galvote.networks.training import (
    Schedule,
    Task,
    exponential_decay,
    state_key,
    train,
    warm_cosine,
)
from galvote.networks.training_states import state_path


@dataclass
class AdaptedEncoder:
    """An encoder that learned from galaxies.

    Attributes
    ----------
    network : gives features (n, n_features).
    description : of the encoder that it was made from.
    history : of the training.
    before, features : of all galaxies before and after it, float32 (N, n_features), the
        mean over quarter turns and mirror images.
    notes : of each epoch.
    """

    network: nn.Module
    description: dict
    history: pd.DataFrame
    before: np.ndarray
    features: np.ndarray
    notes: Sequence[dict[str, Tensor]]

    def clusters(self) -> np.ndarray:
        """Return the clusters of each epoch, int32 (n_epochs, N); none of contrast."""
        found = [note["cluster"].numpy() for note in self.notes]
        return np.array(found, np.int32).reshape(len(found), len(self.features))


def by_contrast(images: np.ndarray, settings: dict, work: Work) -> AdaptedEncoder:
    """Adapt an encoder by momentum contrast; see `adapted.MomentumContrast`."""

    def task_of(body: nn.Module, n_features: int, prepare: Prepare) -> Task:
        n_keys = max(settings["keys"], settings["batch_size"])
        network = Projected(body, n_features, settings["dimensions"], n_keys)
        network.to(work.device)
        optimizer = _optimizer(network, settings)
        return Contrast(network, optimizer, prepare, len(images), settings)

    steps = settings["epoch_steps"] * settings["epochs"]
    warm = max(1, round(WARM_SHARE * steps))
    rate = warm_cosine(settings["learning_rate"], steps, warm)
    return _adapt(images, settings, work, task_of, rate, settings["average"])


def by_clusters(images: np.ndarray, settings: dict, work: Work) -> AdaptedEncoder:
    """Adapt an encoder by its own clusters; see `adapted.DeepCluster`."""

    def task_of(body: nn.Module, n_features: int, prepare: Prepare) -> Task:
        network = Headed(body, n_features, settings["clusters"]).to(work.device)
        optimizer = _optimizer(network, settings)
        return OwnClusters(network, optimizer, prepare, len(images), settings)

    # a last layer that starts anew must be able to learn in each epoch
    rate = exponential_decay(settings["learning_rate"], 1.0, 1)
    return _adapt(images, settings, work, task_of, rate, None)


def _optimizer(network: nn.Module, settings: dict) -> torch.optim.Optimizer:
    groups = [
        {"params": list(network.body.parameters()), "factor": settings["body_factor"]},
        {"params": list(network.head.parameters())},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings["weight_decay"])


def _adapt(
    images: np.ndarray,
    settings: dict,
    work: Work,
    task_of: Callable[[nn.Module, int, Prepare], Task],
    rate: Callable[[int], float],
    average: float | None,
) -> AdaptedEncoder:
    """Adapt an encoder by a task.

    Parameters
    ----------
    images : uint8 (N, ny, nx, n_channels).
    settings : of `adapted.Adapting`, with the seed.
    work : with the encoder's files.
    task_of : makes the task of the encoder, the number of its features, and what
        prepares images.
    rate, average : see `Schedule`.
    """
    body, description = encoder_for(settings, work, settings["random_start"])
    facts = description | {"input_size": settings["input_size"], "whiten": False}
    prepare = pictures_of(images, facts, work.device)
    body.to(work.device, memory_format=torch.channels_last)
    before = outputs_of_all(body, prepare, len(images), turned=True).numpy()
    torch.manual_seed(work.seed)
    task = task_of(body, description["n_features"], prepare)
    task.keeps_norms = is_pretrained(description)
    schedule = Schedule(
        settings["epoch_steps"], settings["epochs"], None, rate, average
    )
    log.info("learning from %d galaxies, device %s", len(images), work.device)
    key = state_key([images], {"settings": settings, "start": description}, work.code)
    history = train(task, schedule, work.seed, state_path(work.folder, key))
    after = outputs_of_all(body, prepare, len(images), turned=True).numpy()
    return AdaptedEncoder(body, description, history, before, after, task.notes)
