"""Logistic regressions on features that an encoder learned from all galaxies."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from galvote.base.settings import Positive, Whole
from galvote.classes.estimators import LogisticMethod
from galvote.classes.image_network import ENCODER, SMALL_NETWORK, Architecture
from galvote.classes.method import Work

if TYPE_CHECKING:
    from galvote.classes.adapting import AdaptedEncoder


def _no_small_network(name: str) -> str:
    if name == SMALL_NETWORK:
        raise ValueError(
            f"`{SMALL_NETWORK}` gives no codes; take `{ENCODER}` or a timm model, such"
            " as resnet18.a1_in1k"
        )
    return name


class Adapting(LogisticMethod):
    """Settings of an encoder that is adapted to the galaxies, without any label.

    Attributes
    ----------
    learns_by : name of the function in `galvote.classes.adapting` that adapts it.
    """

    adapts = True
    learns_by: ClassVar[str]
    architecture: Annotated[Architecture, AfterValidator(_no_small_network)] = Field(
        ENCODER,
        description="`encoder`: the run's encoder (`codes.encoder`); or the name of a"
        " timm model, such as `resnet18.a1_in1k`.",
    )
    random_start: bool = Field(
        False, description="Start from random weights instead of the pretrained ones."
    )
    input_size: Annotated[Whole, Field(ge=16, le=1024)] = Field(
        64, description="Side of the network's input images (px)."
    )
    augment: Literal["none", "turns", "sky", "strong"] = Field(
        "sky",
        description="How images are changed in training. As for"
        " `classes.network.augment`; `strong` also changes contrast and colours, and"
        " hides a patch.",
    )
    learning_rate: Positive = Field(
        1.0e-3,
        description="Learning rate of AdamW: that of `deepcluster` is constant, that of"
        " `moco` rises over the first tenth of the steps and falls to zero as half a"
        " cosine.",
    )
    body_factor: float = Field(
        0.3,
        ge=0,
        description="Learning rate of the encoder, in units of that of the new layers.",
    )
    weight_decay: float = Field(0.02, ge=0, description="Weight decay of AdamW.")
    batch_size: Whole = Field(64, ge=2, description="Galaxies in a training step.")
    epoch_steps: Whole = Field(
        40, ge=1, description="Training steps of an epoch (a row of the history)."
    )
    epochs: Whole = Field(
        15, ge=1, description="Epochs of the training, whose last weights are kept."
    )

    def adapt(self, images: np.ndarray, work: Work) -> "AdaptedEncoder":
        """Adapt the encoder, or go on with an interrupted training.

        Parameters
        ----------
        images : uint8 (N, ny, nx, n_channels), of all galaxies.
        work : with the encoder's files.
        """
        from galvote.classes import adapting

        learn = getattr(adapting, self.learns_by)
        settings = self.model_dump(exclude={"strength"})
        return learn(images, settings | {"seed": work.seed}, work)


class MomentumContrast(Adapting):
    """Settings of momentum contrast (He et al. 2020)."""

    view = "moco"
    learns_by = "by_contrast"
    keys: Whole = Field(
        1024,
        ge=1,
        description="Keys of galaxies that each is told from (the queue): at least"
        " `batch_size`.",
    )
    dimensions: Whole = Field(
        128, ge=2, description="Dimensions of the sphere that features are put on."
    )
    temperature: Positive = Field(
        0.1, description="Temperature of the contrastive loss."
    )
    average: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.99,
        description="Decay per step of the moving average of the weights: the momentum"
        " network, which is what is kept.",
    )


class DeepCluster(Adapting):
    """Settings of DeepCluster (Caron et al. 2018)."""

    view = "deepcluster"
    learns_by = "by_clusters"
    clusters: Whole = Field(
        60, ge=2, description="K-means clusters of each epoch: several times the kinds."
    )
    components: Whole = Field(
        64, ge=1, description="Principal components of the features that are clustered."
    )
