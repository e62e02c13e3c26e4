"""The section `classes` of the config: which labels teach, which methods learn."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, create_model

from galvote.base.settings import FilePath, Section, Unique, Whole
from galvote.classes.registry import METHODS
from galvote.config.image_sections import AutoencoderSection, Layer

MethodName = Literal[tuple(METHODS)]
Share = Annotated[float, Field(gt=0, le=1)]
Several = Annotated[Whole, Field(ge=2)]


def _as_text(value: object) -> object:
    """Take 3 for the class "3", as YAML reads it."""
    return str(value) if isinstance(value, int) else value


ClassName = Annotated[str, BeforeValidator(_as_text)]


class LatentAutoencoderSection(AutoencoderSection):
    """The autoencoder whose latents galaxies are classified by (all galaxies teach)."""

    size: Whole = Field(
        64, ge=16, le=1024, description="Side that the cutouts are resized to (px)."
    )
    layers: list[Layer] = Field(
        [
            Layer(kernel=9, channels=32, pool=2),
            Layer(kernel=7, channels=32, pool=2),
            Layer(kernel=5, channels=16, pool=2),
            Layer(kernel=3, channels=8, pool=2),
        ],
        min_length=1,
        description="Layers of the encoder, mirrored in the decoder.",
    )
    decoder: Literal["upsampling", "transposed"] = Field(
        "transposed", description="As for `autoencoder.decoder`."
    )
    noise: list[Annotated[float, Field(ge=0, le=1)]] = Field(
        [0.0, 0.0],
        min_length=2,
        max_length=2,
        description="As for `autoencoder.noise`.",
    )
    learning_rate: float = Field(
        0.0005, gt=0, description="Initial learning rate of Adam."
    )
    decay: float = Field(1.0, gt=0, le=1, description="As for `autoencoder.decay`.")
    batch_size: Whole = Field(32, ge=1, description="Galaxies in a training step.")
    turned: bool = Field(
        True,
        description="Latents are the mean over the four quarter turns of a galaxy and"
        " their mirror images.",
    )


class _Classes(Section):
    """Classes for all galaxies, learned from labels (`snakemake classify`)."""

    labels: FilePath | None = Field(
        None,
        description="Table with the columns `id` (as in `galaxies.parquet`) and"
        " `label`; null takes the sources' `label_column`.",
    )
    teach: Several | Share | dict[ClassName, Annotated[Whole, Field(ge=1)]] = Field(
        0.8,
        description="Labels that teach, validation and calibration included: a number,"
        " a share (with a decimal point), or a number for each class, such as `{spiral:"
        " 30, elliptical: 30}`. The other labels judge. Which labels teach does not"
        " depend on the labels that judge.",
    )
    per_class: bool = Field(
        False, description="A number in `teach` holds for each class."
    )
    draw: Whole = Field(
        0, ge=0, description="Number of the draw: another one lets other labels teach."
    )
    methods: Annotated[list[MethodName], Unique] = Field(
        ["probe", "hand_made", "names"],
        min_length=1,
        description="Methods that learn. `probe`: logistic regression on the codes;"
        " `hand_made`: the same on eight hand-made numbers; `names`: the vote, its"
        " clusters named by the labels; `latent` and `latent_...`: classifiers on the"
        " latents of an autoencoder; `network`: a fine-tuned network; `network_voted`:"
        " the same, taught by the voted galaxies; `small_network`: a small network,"
        " plain, or with whitening, turned images and balance (`_turned`); `fixmatch`,"
        " `pseudo_label`, `mixmatch`: networks that also learn from galaxies without a"
        " label; `fixmatch_twin`: that of `fixmatch` without these; `moco`,"
        " `deepcluster`: logistic regressions on the features of an encoder that was"
        " adapted to all galaxies without labels.",
    )
    label_counts: Annotated[list[Several], Unique] = Field(
        [20, 50, 100, 200, 500, 1000],
        min_length=1,
        description="Numbers of labels with which codes, latents, hand-made numbers"
        " and pixels are compared (`classes/bases.png`).",
    )
    autoencoder: LatentAutoencoderSection = Field(
        default_factory=LatentAutoencoderSection,
        description=LatentAutoencoderSection.__doc__,
    )


ClassesSection = create_model(
    "ClassesSection",
    __base__=_Classes,
    __doc__=_Classes.__doc__,
    **{
        name: (method, Field(default_factory=method, description=method.__doc__))
        for name, method in METHODS.items()
        if method.model_fields and method.settings_of is None
    },
)


class CompareSection(Section):
    """All methods at several efforts, in one table (`snakemake compare`)."""

    methods: Annotated[list[MethodName], Unique] = Field(
        list(METHODS),
        min_length=1,
        description="Methods that are compared, as in `classes.methods`, by default"
        " all. `fixmatch` brings its twin.",
    )
    label_counts: Annotated[list[Several], Unique] = Field(
        [60, 200],
        min_length=1,
        description="Numbers of labels that teach; all others judge.",
    )
    seeds: Annotated[list[Annotated[Whole, Field(ge=0)]], Unique] = Field(
        [0],
        min_length=1,
        description="Seeds: each draws other labels, and trains from another start.",
    )
