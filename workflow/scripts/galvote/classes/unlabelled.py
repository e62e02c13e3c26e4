"""Training of a classifier on unlabelled galaxies beside labelled ones.

A task guesses the classes of unlabelled galaxies by its teacher, the moving average of
the weights in evaluation mode, and learns from labels and guesses in one joint batch.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from galvote.classes.supervised import Supervised, outputs_of_rows
from galvote.networks.training import batch_indices

MOST_NOTED = 5000  # unlabelled galaxies whose guesses are noted in each epoch


def noted_of(pool: np.ndarray) -> np.ndarray:
    """Choose the galaxies (m,) of a pool (n,) whose guesses are kept in each epoch."""
    return pool[:: max(1, -(-len(pool) // MOST_NOTED))]


class Guessing(Supervised):
    """The task of a classifier that also learns from galaxies without labels.

    Parameters
    ----------
    parts : see `Supervised`; its settings also have `unlabelled` (galaxies in a step,
        in units of the labelled ones), `weight` (of their loss), `threshold`, `ramp`
        (steps in which the weight rises), `temperature`, `mix`; each task takes what it
        needs.
    pool : rows of the unlabelled galaxies, int (n,).
    """

    def __init__(self, *parts: Any, pool: np.ndarray) -> None:
        super().__init__(*parts)
        self.pool = pool
        self.noted = noted_of(pool)

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the loss of labelled galaxies and that of the unlabelled."""
        inputs, classes = self.batch(step, rng)
        count = self.settings["unlabelled"] * self.settings["batch_size"]
        places = batch_indices(len(self.pool), count, step, self.settings["seed"] + 1)
        of_labels, of_pool = self.losses(inputs, classes, self.pool[places])
        return of_labels + self.weight(step) * of_pool

    def losses(
        self, inputs: Tensor, classes: Tensor, rows: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """Return the losses of labelled and of unlabelled galaxies, scalars.

        Parameters
        ----------
        inputs, classes : of labelled galaxies, (n, ...) and (n,).
        rows : of unlabelled ones, (m,).
        """
        raise NotImplementedError

    def weight(self, step: int) -> float:
        """Return the weight of the unlabelled galaxies' loss in a step."""
        ramp = self.settings["ramp"]
        return self.settings["weight"] * (min(1.0, step / ramp) if ramp else 1.0)

    def guess(self, inputs: Tensor) -> Tensor:
        """Return the teacher's probabilities (m, n_classes)."""
        return torch.softmax(self.ask_teacher(inputs), dim=1)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return what `Supervised` does, and the share of galaxies guessed surely."""
        measured = super().validate(network)
        logits = outputs_of_rows(network, self.prepare, self.noted)
        self.guesses = torch.softmax(logits, dim=1).max(dim=1)
        sure = self.guesses.values >= self.settings["threshold"]
        return measured | {"guessed_surely": sure.float().mean().item()}

    def note(self, network: nn.Module) -> dict[str, Tensor]:
        """Return classes and probabilities that the noted galaxies are given."""
        values, classes = self.guesses
        return {"class": classes.to(torch.int16), "probability": values.half()}


class Consistent(Guessing):
    """FixMatch (Sohn et al. 2020, arXiv:2001.07685).

    What the teacher is sure of in a galaxy slightly changed, the network has to find in
    the same galaxy strongly changed. The loss is divided by the whole batch of
    unlabelled galaxies, not by those that pass the threshold.
    """

    def losses(
        self, inputs: Tensor, classes: Tensor, rows: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """Return cross entropies; see `Guessing.losses`."""
        chances = self.guess(self.prepare(rows, self.settings["augment"]))
        probability, guessed = chances.max(dim=1)
        sure = (probability >= self.settings["threshold"]).float()
        strong = self.prepare(rows, "strong")
        logits = self.network(torch.cat([inputs, strong]))
        of_pool = cross_entropy(logits[len(inputs) :], guessed, reduction="none")
        return self.entropy(logits[: len(inputs)], classes), (sure * of_pool).mean()


class SelfTaught(Guessing):
    """Pseudo-labels (Lee 2013, ICML workshop on challenges in representation learning).

    All guesses count, with a weight that rises during training.
    """

    def losses(
        self, inputs: Tensor, classes: Tensor, rows: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """Return cross entropies; see `Guessing.losses`."""
        unlabelled = self.prepare(rows, self.settings["augment"])
        guessed = self.guess(unlabelled).argmax(dim=1)
        logits = self.network(torch.cat([inputs, unlabelled]))
        of_pool = cross_entropy(logits[len(inputs) :], guessed)
        return self.entropy(logits[: len(inputs)], classes), of_pool


class Mixed(Guessing):
    """MixMatch (Berthelot et al. 2019, arXiv:1905.02249).

    Guesses are the mean over two changed images, sharpened; labelled and unlabelled
    images and their classes are mixed in pairs.
    """

    def losses(
        self, inputs: Tensor, classes: Tensor, rows: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """Return cross entropy and squared error; see `Guessing.losses`."""
        views = [self.prepare(rows, self.settings["augment"]) for _ in range(2)]
        chances = torch.stack([self.guess(view) for view in views]).mean(dim=0)
        guessed = sharpened(chances, self.settings["temperature"])
        images = torch.cat([inputs, *views])
        known = one_hot(classes, guessed.shape[1]).to(guessed.dtype)
        targets = torch.cat([known, guessed, guessed])
        images, targets = mixed_in_pairs(images, targets, self.settings["mix"])
        logits = self.network(images)
        count = len(inputs)
        errors = (torch.softmax(logits[count:], dim=1) - targets[count:]).square()
        return cross_entropy(logits[:count], targets[:count]), errors.mean()


def sharpened(chances: Tensor, temperature: float) -> Tensor:
    """Sharpen probabilities (m, n_classes); towards 0 the likeliest takes all."""
    return torch.softmax(chances.clamp_min(1e-7).log() / temperature, dim=1)


def mixed_in_pairs(
    images: Tensor, targets: Tensor, concentration: float
) -> tuple[Tensor, Tensor]:
    """Mix each image with another, and their targets alike (MixUp).

    The first of each pair keeps the larger share, drawn from a beta distribution.

    Parameters
    ----------
    images : (n, n_channels, size, size).
    targets : (n, n_classes), probabilities.
    concentration : both parameters of the beta distribution.
    """
    gamma = torch.distributions.Beta(concentration, concentration)
    share = gamma.sample((len(images),)).to(images)
    share = torch.maximum(share, 1.0 - share)
    other = torch.randperm(len(images)).to(images.device)
    of_image = share[:, None, None, None]
    mixed = of_image * images + (1.0 - of_image) * images[other]
    return mixed, share[:, None] * targets + (1.0 - share[:, None]) * targets[other]
