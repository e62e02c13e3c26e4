"""The sections of the config up to the codes: keys, defaults, limits, meaning."""

from typing import Annotated, Literal

from pydantic import Field

from galvote.base.settings import FilePath, Fraction, Numbered, Section, Unique, Whole
from galvote.catalog.flags import Flag
from galvote.inputs.search_settings import SearchSettings

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
        description="A detection with any of these flags goes to `rejects.csv` instead"
        " of the catalogue.",
    )
    merge_within: float | None = Field(
        1.0,
        gt=0,
        description="Galaxies of different frames that are closer than this on the sky"
        " (arcsec) count as one, and its best view is kept; null keeps all.",
    )


class CutoutsSection(Section):
    """The cutout of each galaxy."""

    size: Whole = Field(64, ge=16, le=1024, description="Side of a cutout (px).")
    channels: Literal["grey", "colour", "depths"] = Field(
        "colour",
        description="`grey`: the image that galaxies are detected in (the mean of all"
        " planes, or for bands what `detect` names); `colour`: three bands as red,"
        " green and blue, or a single band as grey; `depths`: as `grey`, at three"
        " asinh depths (core, body, outskirts).",
    )
    softening: float = Field(
        3.0,
        gt=0,
        description="Where the asinh and log stretches turn from linear to logarithmic,"
        " in units of the sky noise.",
    )
    hide_neighbours: bool = Field(
        True, description="Replace neighbours by noise like that of the sky."
    )
    linear: bool = Field(
        False,
        description="Also write the original pixels of each galaxy, neither stretched"
        " nor resampled, with noise, mask and PSF, as FITS files in `linear/`.",
    )


class Layer(Section):
    """A layer of the autoencoder's encoder."""

    kernel: Annotated[Literal[1, 3, 5, 7, 9, 11], Numbered] = Field(
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
        description="Size of a dense bottleneck; null keeps the feature maps of the"
        " last layer as a spatial bottleneck, which denoises better.",
    )
    decoder: Literal["upsampling", "transposed"] = Field(
        "upsampling",
        description="Way back to an image. `upsampling`: bilinear, each time followed"
        " by a convolution; `transposed`: transposed convolutions, and tanh at the"
        " end.",
    )
    noise: list[Fraction] = Field(
        [0.0, 0.1],
        min_length=2,
        max_length=2,
        description="Lowest and highest sigma of the noise added in training (full"
        " scale = 1); a sigma is drawn for each galaxy.",
    )
    learning_rate: float = Field(
        0.003, gt=0, description="Initial learning rate of Adam."
    )
    decay: float = Field(
        0.8,
        gt=0,
        le=1,
        description="The learning rate is multiplied by this every `decay_steps`"
        " steps.",
    )
    decay_steps: Whole = Field(
        250,
        ge=1,
        description="Number of steps between two reductions of the learning rate.",
    )
    batch_size: Whole = Field(8, ge=1, description="Galaxies in a training step.")
    epoch_steps: Whole = Field(
        100,
        ge=1,
        description="Training steps between two validations; the training state is"
        " saved at each validation.",
    )
    max_epochs: Whole = Field(
        30, ge=1, description="Training ends after this many validations at the latest."
    )
    patience: Whole = Field(
        6,
        ge=1,
        description="Training ends after this many validations without improvement.",
    )
    validation_share: float = Field(
        0.1, gt=0, le=0.5, description="Share of the galaxies held out for validation."
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
        description="`moments`: major axis; averaging over `codes.rotations` makes its"
        " two ends equivalent; `faintest`: direction of the faintest pixel nearest the"
        " centre, as in the original.",
    )
    angles: Whole = Field(
        126,
        ge=8,
        le=1024,
        description="Rows of the polar image (angles around the full circle).",
    )
    radii: Whole = Field(
        100,
        ge=4,
        le=1024,
        description="Columns of the polar image before mirroring (radii from 0 to half"
        " the cutout).",
    )
    mirror: bool = Field(
        True,
        description="Append the mirror image to the polar image, as in the original.",
    )


class Preprocessing(Section):
    """How images are prepared for weights that come without a description."""

    mean: list[Fraction] = Field(
        min_length=1,
        max_length=3,
        description="Mean subtracted from each channel (0..1); a single value applies"
        " to all channels.",
    )
    std: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1,
        max_length=3,
        description="Standard deviation by which each channel is divided; a single"
        " value applies to all channels.",
    )
    interpolation: Literal["bilinear", "bicubic"] | None = Field(
        None,
        description="Interpolation used to resize images to the encoder's input size;"
        " null takes the model's own.",
    )


class CodesSection(Section):
    """Codes of the galaxies from a pretrained network."""

    encoder: FilePath = Field(
        "tf_efficientnet_lite0",
        min_length=1,
        description="A timm model, such as `convnext_large.fb_in22k`; a repository of"
        " the Hugging Face hub, such as"
        " `hf_hub:mwalmsley/zoobot-encoder-convnext_nano`;"
        " a folder with weights and config.json, such as `resources/weights/mine`; or"
        " `hand_made`: eight numbers for each galaxy (axis ratio, concentration, Gini,"
        " M20, size, two colours, flux) and no network.",
    )
    weights: FilePath | None = Field(
        None,
        min_length=1,
        description="File (safetensors, or a torch file without pickled code) or"
        " folder with the encoder's weights. null takes the weights installed with the"
        " workflow (tf_efficientnet_lite0) or downloads them.",
    )
    sha256: str | None = Field(
        None,
        pattern="^[0-9A-Fa-f]{64}$",
        description="SHA-256 that the weight file must have; null skips the check.",
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
        description="Number of rotation angles that codes are averaged over, evenly"
        " spread over a full turn.",
    )
    flips: bool = Field(True, description="Also average over mirror images.")
    zooms: Annotated[list[Annotated[float, Field(ge=0.7, le=2.0)]], Unique] = Field(
        [1.0],
        min_length=1,
        description="Magnifications that codes are averaged over.",
    )
    degraded: Whole = Field(
        128,
        ge=0,
        description="Number of galaxies that are also encoded degraded: blurred,"
        " noisy, too small, too large and off centre. All codes are then shrunk along"
        " the directions in which this changes them.",
    )
    invariance: float = Field(
        10.0,
        ge=0,
        description="How strongly codes are shrunk along those directions; 0 turns it"
        " off.",
    )
    hand_made: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of the variance given to the eight hand-made numbers, which"
        " are clustered together with the codes; 0 leaves them out.",
    )
    input_size: Whole | None = Field(
        128,
        ge=32,
        le=1024,
        description="Side of the encoder's input images (px); null takes the size that"
        " the encoder was trained at.",
    )
    batch_size: Whole = Field(
        16, ge=1, description="Images encoded at once; raise it on a GPU."
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format of the encoder; `auto` takes bfloat16 where the"
        " hardware has units for it. All shards of a run use the same format.",
    )
    engine: Literal["auto", "torch"] = Field(
        "auto",
        description="Library that runs the encoder; `auto` takes OpenVINO on a CPU,"
        " which is up to twice as fast as torch, and torch on a GPU.",
    )
