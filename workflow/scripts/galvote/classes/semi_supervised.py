"""Networks that learn from labelled cutouts and from those without a label."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from galvote.base.errors import InputError
from galvote.base.settings import Fraction, Positive, Whole
from galvote.classes.image_network import ImageNetwork
from galvote.classes.method import TRAIN, VALIDATION, Galaxies, Teaching, Trained, Work

if TYPE_CHECKING:
    from galvote.classes.supervised import Supervised

GUESSES = {"epoch": int, "id": str, "class": str, "probability": float}
UNUSED = {"weight": 0.0, "ramp": 0, "threshold": 0.95}  # where a method lacks the key


class SemiSupervised(ImageNetwork):
    """Settings that all networks taught by unlabelled galaxies, too, have in common.

    Attributes
    ----------
    task : name of the task in `galvote.classes.unlabelled`.
    """

    keeps_features = True
    guesses = True
    task: ClassVar[str]
    _images: np.ndarray
    _noted_ids: np.ndarray
    input_size: Annotated[Whole, Field(ge=16, le=1024)] = Field(
        64, description="Side of the network's input images (px)."
    )
    augment: Literal["none", "turns", "sky"] = Field(
        "turns",
        description="How labelled images are changed in training, and unlabelled ones"
        " before their class is guessed. As for `classes.network.augment`.",
    )
    label_smoothing: Fraction = Field(0.0, description="Smoothing of the labels.")
    max_epochs: Whole = Field(
        10, ge=1, description="Training ends after this many validations at the latest."
    )
    unlabelled: Whole = Field(
        2,
        ge=1,
        description="Unlabelled galaxies in a training step for each labelled one.",
    )

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Train the network, or go on with a training that was interrupted."""
        from galvote.classes.fine_tuning import fine_tune
        from galvote.classes.unlabelled import noted_of

        learn = teaching.of(TRAIN)
        pool = np.setdiff1d(np.arange(len(galaxies)), learn[0])
        if self.guesses and not len(pool):
            raise InputError(
                "every galaxy has a label that teaches, and none is left to learn from"
                " without; lower `classes.teach`, or take the method `network`"
            )
        self._images = galaxies.views[self.view]
        self._noted_ids = galaxies.ids[noted_of(pool)]
        self._found = fine_tune(
            galaxies.views[self.view],
            learn,
            teaching.of(VALIDATION),
            teaching.names,
            UNUSED | self.model_dump(),
            work,
            self._task_of(pool),
        )

    def trained(self) -> Trained:
        """Return what other networks do, and the guesses of each epoch."""
        names = np.array(self._found.facts["classes"])
        tables = [
            pd.DataFrame(
                {
                    "epoch": epoch,
                    "id": self._noted_ids,
                    "class": names[note["class"].numpy().astype(int)],
                    "probability": note["probability"].float().numpy(),
                }
            )
            for epoch, note in enumerate(self._found.notes, 1)
        ]
        nothing = pd.DataFrame({key: [] for key in GUESSES}).astype(GUESSES)
        guesses = pd.concat([nothing, *tables], ignore_index=True)
        return replace(super().trained(), guesses=guesses)

    def features(self) -> np.ndarray:
        """Return what the last layer takes."""
        return self._found.features(self._images)

    def _task_of(self, pool: np.ndarray) -> "Callable[..., Supervised]":
        """Return what makes the task; `pool` are the rows without a label."""
        from galvote.classes import unlabelled

        return partial(getattr(unlabelled, self.task), pool=pool)


class FixMatch(SemiSupervised):
    """Settings of FixMatch (Sohn et al. 2020)."""

    task = "Consistent"
    weight: Positive = Field(1.0, description="Weight of the unlabelled galaxies.")
    threshold: Fraction = Field(
        0.95, description="Probability from which a guess is learned from."
    )


class FixMatchTwin(FixMatch):
    """FixMatch's network, steps and images, taught by the labels alone."""

    guesses = False
    settings_of = "fixmatch"
    ignores = ("weight", "threshold", "unlabelled")

    def _task_of(self, pool: np.ndarray) -> "Callable[..., Supervised]":
        from galvote.classes.supervised import Supervised

        return Supervised


class PseudoLabel(SemiSupervised):
    """Settings of pseudo-labels (Lee 2013)."""

    task = "SelfTaught"
    weight: Positive = Field(1.0, description="Weight of the unlabelled galaxies.")
    ramp: Whole = Field(
        200, ge=0, description="Training steps in which the weight rises from zero."
    )


class MixMatch(SemiSupervised):
    """Settings of MixMatch (Berthelot et al. 2019)."""

    task = "Mixed"
    unlabelled: Whole = Field(
        1, ge=1, description="As for `classes.fixmatch.unlabelled`."
    )
    weight: Positive = Field(75.0, description="Weight of the unlabelled galaxies.")
    ramp: Whole = Field(
        200, ge=0, description="Training steps in which the weight rises from zero."
    )
    temperature: Positive = Field(
        0.5, description="Guesses are sharpened by it; towards 0 the likeliest is all."
    )
    mix: Positive = Field(
        0.75,
        description="Both parameters of the beta distribution that images are mixed"
        " by.",
    )
