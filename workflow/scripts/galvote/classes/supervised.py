"""Training of a network on labelled galaxies, for all methods that have one."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from galvote.base.errors import InputError
from galvote.base.progress import log, progress
from galvote.networks.training import Task, batch_indices

Prepare = Callable[[np.ndarray, str], Tensor]
Labelled = tuple[np.ndarray, np.ndarray]  # rows and classes of galaxies, int (n,)
LARGEST_BATCH = 256  # of galaxies that are only looked at


class Supervised(Task):
    """The task of a classifier: to tell the classes of labelled galaxies.

    Parameters
    ----------
    network : gives logits (n, n_classes).
    optimizer : of its parameters; each group's `factor` scales the learning rate.
    prepare : gives the network's input of some rows on the device, changed in a way
        that `Pictures` names.
    learn, validate : galaxies to learn from, and to validate on; without any of these
        the first serve for both.
    settings : `batch_size`, `balanced`, `label_smoothing`, `augment`, `seed`.

    Raises
    ------
    InputError
        Where there are not two classes to learn.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        prepare: Prepare,
        learn: Labelled,
        validate: Labelled,
        settings: dict,
    ) -> None:
        self.network, self.optimizer, self.prepare = network, optimizer, prepare
        self.rows, self.classes = learn
        if len(np.unique(self.classes)) < 2:
            raise InputError(
                "the network has galaxies of fewer than two classes to learn from; let"
                " more labels teach (`classes.teach`, `compare.label_counts`), or lower"
                " `vote.min_agreement` where the voted teach"
            )
        self.held = validate
        if not len(validate[0]):
            log.warning(
                "no label is left to validate on: the network is validated on those"
                " that it learns from"
            )
            self.held = learn
        self.settings = settings
        self.weights = torch.from_numpy(1.0 / np.bincount(self.classes)[self.classes])

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the cross entropy of a batch."""
        inputs, classes = self.batch(step, rng)
        return self.entropy(self.network(inputs), classes)

    def batch(self, step: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return inputs and classes (n,) of labelled galaxies, on the device."""
        size = self.settings["batch_size"]
        if self.settings["balanced"]:
            drawn = torch.multinomial(self.weights, size, True, generator=rng).numpy()
        else:
            drawn = batch_indices(len(self.rows), size, step, self.settings["seed"])
        inputs = self.prepare(self.rows[drawn], self.settings["augment"])
        return inputs, torch.from_numpy(self.classes[drawn]).to(inputs.device)

    def entropy(self, logits: Tensor, classes: Tensor) -> Tensor:
        """Return the mean cross entropy of labelled galaxies, a scalar."""
        smoothing = self.settings["label_smoothing"]
        return cross_entropy(logits, classes, label_smoothing=smoothing)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return cross entropy and accuracy of the galaxies to validate on."""
        rows, classes = self.held[0], torch.from_numpy(self.held[1])
        logits = outputs_of_rows(network, self.prepare, rows)
        right = (logits.argmax(dim=1) == classes).float()
        return {
            "validation_loss": cross_entropy(logits, classes).item(),
            "validation_accuracy": right.mean().item(),
        }

    def standing(self, measured: dict[str, float]) -> tuple[float, float]:
        """Return the share of wrong galaxies, and its standard error.

        Of epochs that cannot be told apart the last is kept: a few labels choose by
        chance, and the loss of one wrong galaxy grows with its certainty, which is
        mended afterwards.
        """
        wrong, count = 1.0 - measured["validation_accuracy"], len(self.held[0])
        share = (wrong * count + 1.0) / (count + 2.0)
        return wrong, float(np.sqrt(share * (1.0 - share) / count))


@torch.inference_mode()
def outputs_of_rows(network: nn.Module, prepare: Prepare, rows: np.ndarray) -> Tensor:
    """Return what a network gives of galaxies as they are, (n, ...), on the CPU."""
    parts = [rows[i : i + LARGEST_BATCH] for i in range(0, len(rows), LARGEST_BATCH)]
    return torch.cat([network(prepare(part, "none")).float().cpu() for part in parts])


@torch.inference_mode()
def outputs_of_all(
    network: nn.Module, prepare: Prepare, count: int, turned: bool
) -> Tensor:
    """Return what a network gives of all galaxies, (N, ...), on the CPU.

    Parameters
    ----------
    count : number of galaxies.
    turned : take the mean over quarter turns and mirror images.
    """
    found = []
    for start in progress(range(0, count, LARGEST_BATCH), "looking at galaxies"):
        rows = np.arange(start, min(start + LARGEST_BATCH, count))
        inputs = prepare(rows, "none")
        views = [inputs]
        if turned:
            quarters = [torch.rot90(inputs, quarter, (2, 3)) for quarter in range(4)]
            views = [v for quarter in quarters for v in (quarter, quarter.flip(3))]
        summed = sum(network(view).float() for view in views)
        found.append(summed.cpu() / len(views))
    return torch.cat(found)
