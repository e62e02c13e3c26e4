"""What is legal in a config alone, and impossible together."""

import re
from collections.abc import Iterator
from os.path import normpath

from galvote.base.encoder_names import HAND_MADE_ENCODER, hub_repository, is_folder
from galvote.config.config import Config
from galvote.config.image_sections import AutoencoderSection

KEYS_OF_NETWORKS = ("weights", "sha256", "preprocessing", "hand_made")  # of `codes`


def relations(config: Config) -> Iterator[tuple[bool, str]]:
    """Yield what is legal alone and impossible together, and whether it is so."""
    names = [source.name for source in config.sources]
    yield (
        len({name.lower() for name in names}) < len(names),
        f"config key `sources`: two sources have one name ({', '.join(names)}); give"
        " each its own",
    )
    for name in names:
        like = [n for n in names if re.match(rf"{re.escape(name)}_h\d", n, re.I)]
        yield (
            bool(like),
            f"config key `sources`: the name {', '.join(like)} is kept for a frame of"
            f" source {name}; choose another",
        )
    yield from _of_images(config)
    yield from _of_codes(config)
    yield from _of_votes(config)


def _of_images(config: Config) -> Iterator[tuple[bool, str]]:
    stretched = [s.name for s in config.sources if s.stretch != "asinh"]
    yield (
        config.cutouts.channels == "depths" and bool(stretched),
        "config key `cutouts.channels` is depths, which needs frames with the stretch"
        f" asinh, but source {', '.join(stretched)} is not; choose grey or colour",
    )
    teach = config.classes.teach
    yield (
        config.classes.per_class and not isinstance(teach, int),
        f"config key `classes.per_class` needs a number as `teach`, which is {teach}",
    )
    of_latents = config.classes.autoencoder
    yield from _of_autoencoder(
        config.autoencoder, "autoencoder", config.cutouts.size, "cutouts.size"
    )
    yield from _of_autoencoder(
        of_latents, "classes.autoencoder", of_latents.size, "classes.autoencoder.size"
    )


def _of_autoencoder(
    autoencoder: AutoencoderSection, key: str, size: int, key_of_size: str
) -> Iterator[tuple[bool, str]]:
    low, high = autoencoder.noise
    yield (
        low > high,
        f"config key `{key}.noise` is [{low}, {high}]; write the lower bound first",
    )
    shrink = 1
    for layer in autoencoder.layers:
        shrink *= layer.pool
    yield (
        size < 2 * shrink,
        f"config key `{key}.layers` pools by {shrink} in all, too much for images of"
        f" {size} px (`{key_of_size}`)",
    )


def _of_codes(config: Config) -> Iterator[tuple[bool, str]]:
    codes = config.codes
    yield (
        "polar" in codes.views
        and config.polar.zero_angle == "moments"
        and codes.rotations % 2 == 1,
        f"config key `codes.rotations` is {codes.rotations} but must be even where"
        " polar images are encoded and `polar.zero_angle` is `moments`: an axis has two"
        " ends",
    )
    yield (
        codes.encoder == HAND_MADE_ENCODER
        and any(getattr(codes, key) for key in KEYS_OF_NETWORKS),
        f"config key `codes.encoder` is {HAND_MADE_ENCODER}, which is no network; leave"
        f" out {', '.join(f'`codes.{key}`' for key in KEYS_OF_NETWORKS)}",
    )
    own = f"results/{config.run}/"
    yield (
        normpath(codes.encoder).startswith(own),
        f"config key `codes.encoder` is {codes.encoder}, which this run makes from its"
        f" own codes' encoder; give `run` another name than {config.run}",
    )
    given = codes.preprocessing
    yield (
        given is not None and {len(given.mean), len(given.std)} not in ({1}, {3}),
        "config key `codes.preprocessing`: give `mean` and `std` one value for all"
        " channels each, or three",
    )
    yield (
        (is_folder(codes.encoder) or bool(hub_repository(codes.encoder)))
        and codes.weights is not None,
        f"config key `codes.weights` is for timm's models, but `codes.encoder` is"
        f" {codes.encoder}, which has its own; set one of them",
    )


def _of_votes(config: Config) -> Iterator[tuple[bool, str]]:
    vote, models = config.vote, config.clustering.models
    yield (
        vote.reference not in models,
        f"config key `vote.reference` is '{vote.reference}' but must be one of"
        f" `clustering.models` ({', '.join(models)})",
    )
    yield (
        vote.min_votes != "all" and vote.min_votes > len(models),
        f"config key `vote.min_votes` is {vote.min_votes} but only {len(models)}"
        " clusterings vote (`clustering.models`)",
    )
    for key, (low, high) in (
        ("clusters", vote.clusters),
        ("dimensions", vote.dimensions),
    ):
        yield (
            low > high,
            f"config key `vote.{key}` is [{low}, {high}]; write the lower bound first",
        )
    yield (
        config.clustering.k > config.clustering.exact_limit,
        f"config key `clustering.k` is {config.clustering.k}, more than"
        " `clustering.exact_limit`",
    )
    yield (
        "spectral" in models and config.clustering.k >= config.clustering.exact_limit,
        f"config key `clustering.k` is {config.clustering.k}; the spectral clustering"
        " needs fewer clusters than `clustering.exact_limit`",
    )
