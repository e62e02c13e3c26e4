"""A small dense network on the latents of the autoencoder."""

from typing import Annotated

from pydantic import Field

from galvote.base.settings import Fraction, Whole
from galvote.classes.method import (
    TRAIN,
    VALIDATION,
    Galaxies,
    NetworkMethod,
    Teaching,
    Work,
)


class Latent(NetworkMethod):
    """Settings of the dense network on the latents (GalaxyMorphology-CAE)."""

    view = "latents"
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
        description="Training ends after this many validations that are worse than the"
        " best by more than its standard error.",
    )

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
