"""Networks that learn from labelled cutouts: fine-tuned, or small and from nothing."""

import re
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field

from galvote.base.settings import Fraction, Whole
from galvote.classes.majority import majority_names
from galvote.classes.method import (
    CALIBRATION,
    TRAIN,
    VALIDATION,
    Galaxies,
    NetworkMethod,
    Teaching,
    Work,
)

ENCODER, SMALL_NETWORK = "encoder", "small"


def _named_by_timm(name: str) -> str:
    """Refuse folders and repositories, which only the run's encoder may be."""
    if not re.fullmatch(r"[A-Za-z0-9_.]*[A-Za-z0-9_]", name):
        raise ValueError(
            f"{name!r} is no name of a timm model, such as resnet18.a1_in1k; set"
            f" `codes.encoder` to a folder or repository, and this to `{ENCODER}`"
        )
    return name


Architecture = Annotated[str, AfterValidator(_named_by_timm)]


class FineTuned(NetworkMethod):
    """Settings of the network that is fine-tuned on the labels."""

    view = "cutouts"
    architecture: Architecture = Field(
        ENCODER,
        description="`encoder`: the run's encoder with its weights (`codes.encoder`);"
        " `small`: two convolutions and three dense layers, of no weights; or the name"
        " of a timm model, such as `resnet18.a1_in1k`, whose weights are downloaded;"
        " where that fails it starts at random, and the log says so.",
    )
    teach_by: Literal["labels", "voted"] = Field(
        "labels",
        description="`labels`: learn from the galaxies with labels; `voted`: from the"
        " voted galaxies, their clusters named by the labels (the published way to"
        " label the rest).",
    )
    input_size: Annotated[Whole, Field(ge=16, le=1024)] = Field(
        96, description="Side of the network's input images (px)."
    )
    augment: Literal["none", "turns", "sky"] = Field(
        "sky",
        description="How images are changed in training. `turns`: quarter turns and"
        " mirror images; `sky`: turns by any angle, mirror images, shifts, zoom, blur"
        " and noise. With either the answer is the mean over the eight quarter turns"
        " and mirror images.",
    )
    whiten: bool = Field(
        False,
        description="Give each channel of each image mean 0 and standard deviation 1.",
    )
    balanced: bool = Field(
        True, description="Draw all classes equally often in training."
    )
    class_cap: Whole | None = Field(
        None, ge=1, description="Maximum number of galaxies that teach one class."
    )
    optimizer: Literal["adamw", "sgd"] = Field(
        "adamw", description="`sgd` has a momentum of 0.9."
    )
    learning_rate: float = Field(
        1.0e-3,
        gt=0,
        description="Highest learning rate: it rises over the first tenth of the"
        " steps and falls to zero as half a cosine.",
    )
    body_factor: float = Field(
        0.3,
        ge=0,
        description="Learning rate of pretrained layers, in units of that of the new"
        " last layer.",
    )
    weight_decay: float = Field(0.02, ge=0, description="Weight decay of AdamW.")
    label_smoothing: Fraction = Field(0.1, description="Smoothing of the labels.")
    average: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        0.99,
        description="Decay per step of the moving average of the weights, which is"
        " what is kept; null keeps the weights themselves.",
    )
    batch_size: Whole = Field(32, ge=2, description="Galaxies in a training step.")
    epoch_steps: Whole = Field(
        40, ge=1, description="Training steps between two validations."
    )
    max_epochs: Whole = Field(
        15, ge=1, description="Training ends after this many validations at the latest."
    )
    patience: Whole = Field(
        5,
        ge=1,
        description="Training ends after this many validations without improvement.",
    )

    def needs(self) -> tuple[str, ...]:
        """Return the cutouts, and what the vote says where it teaches."""
        if self.teach_by == "voted":
            return (self.view, "memberships", "votes")
        return super().needs()

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Train the network, or go on with a training that was interrupted."""
        from galvote.classes.fine_tuning import fine_tune

        rows, classes = teaching.of(TRAIN)
        if self.teach_by == "voted":
            rows, classes = self._voted(galaxies, teaching)
        rows, classes = capped(rows, classes, self.class_cap, work.seed)
        self._found = fine_tune(
            galaxies.views["cutouts"],
            (rows, classes),
            teaching.of(VALIDATION),
            teaching.names,
            self.model_dump(),
            work,
        )

    def _voted(
        self, galaxies: Galaxies, teaching: Teaching
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the voted galaxies and the names of their clusters.

        Labels that validate or calibrate do not name, and their galaxies are left out.
        """
        naming = teaching.some(teaching.parts == TRAIN)
        named = majority_names(galaxies.views["memberships"], naming)
        votes = galaxies.views["votes"].copy()
        held, _ = teaching.of(VALIDATION, CALIBRATION)
        votes[held] = -1
        rows = np.flatnonzero(votes >= 0)
        return rows, named[votes[rows]]


def capped(
    rows: np.ndarray, classes: np.ndarray, most: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Keep at most so many galaxies of each class, drawn at random."""
    if most is None:
        return rows, classes
    order = np.random.default_rng(seed).permutation(len(rows))
    taken = pd.Series(classes[order]).groupby(classes[order]).cumcount() < most
    chosen = np.sort(order[taken])
    return rows[chosen], classes[chosen]


class TaughtByVoted(FineTuned):
    """Settings of the network that is taught by the voted galaxies."""

    teach_by: Literal["labels", "voted"] = Field(
        "voted", description="As for `classes.network.teach_by`."
    )


class Small(FineTuned):
    """Settings of the small network, as published for Galaxy10 SDSS."""

    architecture: Architecture = Field(
        SMALL_NETWORK,
        description="As for `classes.network.architecture`.",
    )
    input_size: Annotated[Whole, Field(ge=16, le=1024)] = Field(
        64, description="Side of the network's input images (px)."
    )
    augment: Literal["none", "turns", "sky"] = Field(
        "none", description="As for `classes.network.augment`."
    )
    balanced: bool = Field(
        False, description="Draw all classes equally often in training."
    )
    optimizer: Literal["adamw", "sgd"] = Field(
        "sgd", description="`sgd` has a momentum of 0.9."
    )
    label_smoothing: Fraction = Field(0.0, description="Smoothing of the labels.")
    average: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="As for `classes.network.average`."
    )
    max_epochs: Whole = Field(
        60, ge=1, description="Training ends after this many validations at the latest."
    )
    patience: Whole = Field(
        15,
        ge=1,
        description="Training ends after this many validations without improvement.",
    )


class SmallTurned(Small):
    """Settings of the small network with whitening, turned images and balance."""

    augment: Literal["none", "turns", "sky"] = Field(
        "turns", description="As for `classes.network.augment`."
    )
    whiten: bool = Field(
        True,
        description="Give each channel of each image mean 0 and standard deviation 1.",
    )
    balanced: bool = Field(
        True, description="Draw all classes equally often in training."
    )
