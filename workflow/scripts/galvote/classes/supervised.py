"""Training of a network on labelled galaxies, for all methods that have one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from galvote.networks.training import batch_indices

Prepare = Callable[[np.ndarray, bool], Tensor]
LARGEST_BATCH = 256  # of galaxies that are only looked at


@dataclass
class Labels:
    """Galaxies with their classes.

    Attributes
    ----------
    rows : int (n,), which galaxies.
    classes : int (n,).
    """

    rows: np.ndarray
    classes: np.ndarray


class Supervised:
    """The task of a classifier: to tell the classes of labelled galaxies.

    Parameters
    ----------
    network : gives logits (n, n_classes).
    optimizer : of its parameters; each group's `factor` scales the learning rate.
    prepare : gives the network's input of some rows on the device, augmented or not.
    learn, validate : galaxies to learn from, and to validate on; without any of these
        the first serve for both.
    settings : `batch_size`, `balanced`, `label_smoothing`, `seed`.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        prepare: Prepare,
        learn: Labels,
        validate: Labels,
        settings: dict,
    ) -> None:
        self.network, self.optimizer, self.prepare = network, optimizer, prepare
        self.learn, self.settings = learn, settings
        self.held = validate if len(validate.rows) else learn
        counts = np.bincount(learn.classes)
        self.weights = torch.from_numpy(1.0 / counts[learn.classes])

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the cross entropy of a batch."""
        size = self.settings["batch_size"]
        if self.settings["balanced"]:
            drawn = torch.multinomial(self.weights, size, True, generator=rng).numpy()
        else:
            count = len(self.learn.rows)
            drawn = batch_indices(count, size, step, self.settings["seed"])
        inputs = self.prepare(self.learn.rows[drawn], True)
        classes = torch.from_numpy(self.learn.classes[drawn]).to(inputs.device)
        return cross_entropy(
            self.network(inputs),
            classes,
            label_smoothing=self.settings["label_smoothing"],
        )

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return cross entropy and accuracy of the galaxies to validate on."""
        logits = logits_of_rows(network, self.prepare, self.held.rows)
        classes = torch.from_numpy(self.held.classes)
        right = (logits.argmax(dim=1) == classes).float()
        return {
            "validation_loss": cross_entropy(logits, classes).item(),
            "validation_accuracy": right.mean().item(),
        }


@torch.inference_mode()
def logits_of_rows(network: nn.Module, prepare: Prepare, rows: np.ndarray) -> Tensor:
    """Return logits (n, n_classes) of galaxies as they are, on the CPU."""
    parts = [rows[i : i + LARGEST_BATCH] for i in range(0, len(rows), LARGEST_BATCH)]
    return torch.cat([network(prepare(part, False)).float().cpu() for part in parts])
