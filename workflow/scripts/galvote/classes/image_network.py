"""Settings of every method that trains a network on cutouts."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from galvote.base.settings import Fraction, Whole
from galvote.classes.method import NetworkMethod

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


class ImageNetwork(NetworkMethod):
    """Settings that networks trained on cutouts have in common."""

    view = "cutouts"
    architecture: Architecture = Field(
        ENCODER,
        description="`encoder`: the run's encoder with its weights (`codes.encoder`);"
        " `small`: two convolutions and three dense layers, of no weights; or the name"
        " of a timm model, such as `resnet18.a1_in1k`, whose weights are downloaded;"
        " where that fails it starts at random, and the log says so.",
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
    keep_norms: bool = Field(
        True,
        description="Leave the means and variances of a pretrained network's batch"
        " norms as they are; false measures them anew in each training step.",
    )
    weight_decay: float = Field(0.02, ge=0, description="Weight decay of AdamW.")
    label_smoothing: Fraction = Field(0.1, description="Smoothing of the labels.")
    dropout: Annotated[Fraction, Field(lt=1)] = Field(
        0.0,
        description="Share of the features that training drops before the last layer.",
    )
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
        description="Training ends after this many validations that are worse than the"
        " best by more than its standard error.",
    )
