"""The sections of the config up to the codes: keys, defaults, limits, meaning."""

from typing import Annotated, Literal

from pydantic import Field

from galvote.base.settings import Fraction, Section, Unique, Whole
from galvote.catalog.flags import Flag
from galvote.inputs.sources import SearchSettings

FlagName = Literal[tuple(flag.name.lower() for flag in Flag)]


class DetectionSection(SearchSettings):
    """How galaxies are found in frames (by sep, the library form of SExtractor)."""

    resolved_above: float = Field(
        1.5,
        ge=0,
        description="A galaxy whose half-light radius is at most this many times that"
        " of the PSF is flagged `unresolved`.",
    )
    reject: Annotated[list[FlagName], Unique] = Field(
        ["edge", "spike"],
        description="Flags that put a detection into `rejects.csv` instead of the"
        " catalogue.",
    )
    merge_within: float | None = Field(
        1.0,
        gt=0,
        description="Galaxies of different frames that lie nearer on the sky (arcsec)"
        " are one, and the best view of it is kept; null keeps all.",
    )


class CutoutsSection(Section):
    """The picture of each galaxy."""

    size: Whole = Field(64, ge=16, le=1024, description="Side of a cutout (px).")
    channels: Literal["grey", "colour", "depths"] = Field(
        "colour",
        description="`grey`: the image that galaxies are found in (the mean of all"
        " planes, or what `detect` says); `colour`: three bands as red, green and blue,"
        " a single one grey; `depths`: as `grey`, at three asinh depths (core, body,"
        " outskirts).",
    )
    softening: float = Field(
        3.0,
        gt=0,
        description="Where the asinh and log stretches turn from linear to logarithmic,"
        " in units of the sky noise.",
    )
    hide_neighbours: bool = Field(
        True, description="Put noise like the sky's in the place of neighbours."
    )
    linear: bool = Field(
        False,
        description="Keep the galaxies' pixels as they are, too, with noise, mask and"
        " PSF, as FITS in `linear/`.",
    )


class Layer(Section):
    """A layer of the autoencoder's encoder."""

    kernel: Literal[1, 3, 5, 7, 9, 11] = Field(
        description="Side of the convolution (px), odd."
    )
    channels: Whole = Field(ge=1, le=1024, description="Number of feature maps.")
    pool: Whole = Field(
        ge=1, le=8, description="Factor of the max pooling that follows."
    )


class AutoencoderSection(Section):
    """The convolutional autoencoder that denoises the cutouts."""

    layers: list[Layer] = Field(
        [
            Layer(kernel=5, channels=16, pool=2),
            Layer(kernel=5, channels=8, pool=2),
        ],
        min_length=1,
        description="Layers of the encoder, mirrored in the decoder.",
    )
    latent_dim: Whole | None = Field(
        None,
        ge=1,
        description="Numbers in a dense bottleneck; null keeps the last layer's maps as"
        " a spatial one, which denoises better.",
    )
    noise: list[Fraction] = Field(
        [0.0, 0.1],
        min_length=2,
        max_length=2,
        description="Range of the noise that is added in training (sigma, full scale ="
        " 1), drawn for each galaxy.",
    )
    learning_rate: float = Field(
        0.003, gt=0, description="First learning rate of Adam."
    )
    decay: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Factor by which the learning rate falls every `decay_steps`"
        " steps.",
    )
    decay_steps: Whole = Field(
        250, ge=1, description="Steps in which the learning rate falls by `decay`."
    )
    batch_size: Whole = Field(8, ge=1, description="Galaxies in a step.")
    epoch_steps: Whole = Field(
        100,
        ge=1,
        description="Steps between two validations; the training state is saved then.",
    )
    max_epochs: Whole = Field(
        30, ge=1, description="Most validations before training ends."
    )
    patience: Whole = Field(
        6,
        ge=1,
        description="Training ends after this many validations without a better one.",
    )
    validation_share: float = Field(
        0.1, gt=0, le=0.5, description="Share of the galaxies kept for validation."
    )


class PolarSection(Section):
    """Unwrapping of the denoised galaxies to polar coordinates."""

    centre: Literal["centroid", "brightest"] = Field(
        "centroid",
        description="`centroid`: flux centroid; `brightest`: brightest pixel nearest"
        " the middle, as in the original.",
    )
    zero_angle: Literal["moments", "faintest"] = Field(
        "moments",
        description="`moments`: major axis, whose two ends `codes.rotations` makes one;"
        " `faintest`: direction of the faintest pixel nearest the centre, as in the"
        " original.",
    )
    angles: Whole = Field(
        126,
        ge=8,
        le=1024,
        description="Rows of the polar image (angles round the circle).",
    )
    radii: Whole = Field(
        100,
        ge=4,
        le=1024,
        description="Columns of the polar image before mirroring (radii from 0 to half"
        " the cutout).",
    )
    mirror: bool = Field(
        True, description="Put the mirror image beside it, as in the original."
    )


class Preprocessing(Section):
    """How images are prepared for weights that come without a description."""

    mean: list[Fraction] = Field(
        min_length=1,
        max_length=3,
        description="Subtracted from each channel (0..1); one value is for all.",
    )
    std: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1,
        max_length=3,
        description="By which each channel is divided; one value is for all.",
    )
    interpolation: Literal["bilinear", "bicubic"] | None = Field(
        None,
        description="How images are brought to the encoder's size; null takes the"
        " model's own.",
    )


class CodesSection(Section):
    """Codes of the galaxies from a pretrained network."""

    encoder: str = Field(
        "tf_efficientnet_lite0",
        min_length=1,
        description="A timm model, such as `convnext_large.fb_in22k`; a repository of"
        " the Hugging Face hub, such as"
        " `hf_hub:mwalmsley/zoobot-encoder-convnext_nano`;"
        " a folder with weights and config.json, such as `resources/weights/mine`; or"
        " `hand_made`: eight numbers for each galaxy (axis ratio, concentration, Gini,"
        " M20, size, two colours, flux) and no network.",
    )
    weights: str | None = Field(
        None,
        min_length=1,
        description="File (safetensors, or a torch file without pickled code) or folder"
        " with the encoder's weights. null takes those that are installed with the"
        " workflow (tf_efficientnet_lite0) or downloads them.",
    )
    sha256: str | None = Field(
        None,
        pattern="^[0-9A-Fa-f]{64}$",
        description="SHA-256 that the weight file must have; null checks nothing.",
    )
    preprocessing: Preprocessing | None = Field(
        None,
        description="How images are prepared for weights that come without a"
        " description. null takes the model's own.",
    )
    views: Annotated[list[Literal["polar", "denoised", "cutout"]], Unique] = Field(
        ["cutout"],
        min_length=1,
        description="Images that are encoded; the codes of several are joined.",
    )
    rotations: Whole = Field(
        12,
        ge=1,
        le=72,
        description="Angles whose codes are averaged, evenly spread over a full turn.",
    )
    flips: bool = Field(True, description="Average over mirror images, too.")
    zooms: Annotated[list[Annotated[float, Field(ge=0.7, le=2.0)]], Unique] = Field(
        [1.0],
        min_length=1,
        description="Factors of enlargement whose codes are averaged.",
    )
    degraded: Whole = Field(
        128,
        ge=0,
        description="Number of galaxies that are encoded degraded, too: blurred, noisy,"
        " too small, too large and off centre. Codes are then shrunk along the"
        " directions in which that changes them.",
    )
    invariance: float = Field(
        10.0,
        ge=0,
        description="How much codes are shrunk along those directions; 0 leaves them"
        " alone.",
    )
    hand_made: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of the variance that the eight hand-made numbers get beside"
        " the codes; 0 leaves them out.",
    )
    input_size: Whole | None = Field(
        128,
        ge=32,
        le=1024,
        description="Side of the images that the encoder is given (px); null takes the"
        " encoder's own.",
    )
    batch_size: Whole = Field(
        16, ge=1, description="Images encoded at once; more for a GPU."
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format of the encoder; auto takes bfloat16 where the device"
        " has units for it, one for all shards of a run.",
    )
    engine: Literal["auto", "torch"] = Field(
        "auto",
        description="What runs the encoder; auto takes OpenVINO on a CPU, which is up"
        " to twice as fast as torch, and torch on a GPU.",
    )
