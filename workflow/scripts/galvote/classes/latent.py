"""A small dense network on the latents of the autoencoder."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from galvote.base.settings import Fraction, Whole
from galvote.classes.method import (
    TRAIN,
    VALIDATION,
    Galaxies,
    Method,
    Teaching,
    Trained,
    Work,
)


class Latent(Method):
    """Settings of the dense network on the latents (GalaxyMorphology-CAE)."""

    trains = True
    layers: list[Annotated[Whole, Field(ge=1)]] = Field(
        [128, 128, 64, 32], description="Widths of the hidden layers (PReLU)."
    )
    dropout: Fraction = Field(
        0.0, description="Share of the values that training drops in each layer."
    )
    learning_rate: float = Field(5.0e-4, gt=0, description="Learning rate of Adam.")
    balanced: bool = Field(
        False, description="Draw all classes equally often in training."
    )
    label_smoothing: Fraction = Field(0.0, description="Smoothing of the labels.")
    batch_size: Whole = Field(100, ge=2, description="Galaxies in a training step.")
    epoch_steps: Whole = Field(
        10, ge=1, description="Training steps between two validations."
    )
    max_epochs: Whole = Field(
        50, ge=1, description="Training ends after this many validations at the latest."
    )
    patience: Whole = Field(
        10,
        ge=1,
        description="Training ends after this many validations without improvement.",
    )
    _found: Any = None

    def needs(self) -> tuple[str, ...]:
        """Return the latents."""
        return ("latents",)

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Train the network, or go on with a training that was interrupted."""
        from galvote.classes.dense_network import train_dense

        self._found = train_dense(
            galaxies.views["latents"],
            teaching.of(TRAIN),
            teaching.of(VALIDATION),
            teaching.names,
            self.model_dump(),
            work,
        )

    def predict(self, galaxies: Galaxies) -> np.ndarray:
        """Return probabilities."""
        return self._found.chances(galaxies.views["latents"])

    def trained(self) -> Trained:
        """Return weights, how they were made, and the history of the training."""
        return self._found.kept()
