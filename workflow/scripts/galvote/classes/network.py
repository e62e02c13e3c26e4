"""Networks that learn from labelled cutouts: fine-tuned, or small and from nothing."""

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from galvote.base.settings import Fraction, Whole
from galvote.classes.image_network import SMALL_NETWORK, Architecture, ImageNetwork
from galvote.classes.majority import majority_names
from galvote.classes.method import (
    CALIBRATION,
    TRAIN,
    VALIDATION,
    Galaxies,
    Teaching,
    Work,
)


class FineTuned(ImageNetwork):
    """Settings of the network that is fine-tuned on the labels."""

    teach_by: Literal["labels", "voted"] = Field(
        "labels",
        description="`labels`: learn from the galaxies with labels; `voted`: from the"
        " voted galaxies, their clusters named by the labels (the published way to"
        " label the rest).",
    )
    class_cap: Whole | None = Field(
        None, ge=1, description="Maximum number of galaxies that teach one class."
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
        description="Training ends after this many validations that are worse than the"
        " best by more than its standard error.",
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
