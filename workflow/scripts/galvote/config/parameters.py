"""What rules depend on, chosen from the config: pure functions that rules call."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from galvote.base.encoder_names import HAND_MADE_ENCODER, folder_name, is_folder
from galvote.base.errors import InputError, first_line
from galvote.base.settings import Section
from galvote.classes.image_network import ENCODER, SMALL_NETWORK
from galvote.classes.registry import METHODS
from galvote.clusters.models import MODELS
from galvote.config.classes_section import ClassesSection
from galvote.config.config import Config
from galvote.inputs.search_settings import SearchSettings
from galvote.inputs.sources import ImageSource, Source

IMAGE_STAGES = ["cutouts", "denoised", "polar"]  # each made from the one before
# keys of a source that do not matter when its galaxies are searched for,
NOT_FOR_DETECTION = (
    "zero_point",
    "label_column",
    "crop",
    "scale",
    "colour",
    "simulation",
    "detection",
)
# or for its cutouts
NOT_FOR_CUTOUTS = (
    "zero_point",
    "label_column",
    "positions",
    "saturation",
    "simulation",
    "detection",
    "path_column",
    "id_column",
)
# keys of a source by which its labels are found
KEYS_OF_LABELS = {
    *("name", "kind", "path", "label_column"),
    *("path_column", "id_column", "folder"),
}


def canonical(value: Any) -> Any:
    """Sort the keys of nested dicts, so that their order in YAML does not count."""
    return json.loads(json.dumps(value, sort_keys=True))


def chosen(section: Section, *keys: str) -> dict:
    """Return these keys of a section, all without any."""
    return section.model_dump(include=set(keys) if keys else None)


def without(source: Source, *keys: str) -> dict:
    """Return a source without some keys, its bands without them, too."""
    left = source.model_dump(exclude=set(keys))
    if "bands" in left:
        left["bands"] = [
            {key: value for key, value in band.items() if key not in keys}
            for band in left["bands"]
        ]
    return left


def search_settings(config: Config, source: Source) -> dict:
    """Return how the galaxies of a source are searched for, its own values first."""
    own = source.detection.model_dump(exclude_none=True)
    return chosen(config.detection, *SearchSettings.model_fields) | own


def source_to_search(source: Source) -> dict:
    """Return what of a source its detections depend on."""
    given = without(source, *NOT_FOR_DETECTION)
    if source.subtracts_sky:
        del given["stretch"]  # all stretches but `none` are alike here
    return given


def sources_of_catalog(sources: Iterable[Source]) -> list[dict]:
    """Return what of the sources the catalogue depends on."""
    keys = (
        *("name", "kind", "path", "zero_point", "label_column", "bands", "positions"),
        *("path_column", "id_column", "folder"),
    )
    return [
        {key: value for key, value in given.items() if key in keys}
        for given in (without(source, "scale") for source in sources)
    ]


def sources_to_cut(config: Config, sources: Iterable[Source], *keys: str) -> dict:
    """Return what of the sources cutouts depend on.

    Of the search in frames only the background is measured again.

    Parameters
    ----------
    keys : of a source that are left out, too.
    """
    listed = list(sources)
    searches = [search_settings(config, source) for source in listed]
    return {
        "sources": [without(s, *NOT_FOR_CUTOUTS, *keys) for s in listed],
        "searches": [
            search
            if isinstance(source, ImageSource)
            else {"background_box": search["background_box"]}
            for source, search in zip(listed, searches, strict=True)
        ],
    }


def cutting(config: Config) -> dict:
    """Return how galaxies are cut out: the same for a fitted run and what it names."""
    return config.cutouts.model_dump(exclude={"linear"})


def uses_network(config: Config) -> bool:
    """Tell whether galaxies are encoded, and not only measured by hand-made rules."""
    return config.codes.encoder != HAND_MADE_ENCODER


def is_soft(config: Config) -> bool:
    """Tell whether many voters vote, and not the clusterings themselves."""
    return config.vote.method == "soft"


def encoder_folder(config: Config) -> str:
    """Name the folder that the encoder is kept in."""
    codes = config.codes.model_dump()
    return folder_name(codes["encoder"], codes["weights"], codes["preprocessing"])


def weight_files(config: Config) -> list[str]:
    """List the encoder's weight file, or the files of its folder, where it is local."""
    name, weights = config.codes.encoder, config.codes.weights
    if weights is None and not is_folder(name):
        return []
    place = Path(weights or name)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [str(file) for file in files if file.is_file()]


def encoded_stages(config: Config) -> list[str]:
    """List the stages whose images are encoded, view by view."""
    return ["cutouts" if view == "cutout" else view for view in config.codes.views]


def stages_before_codes(config: Config) -> list[str]:
    """List the stages that the encoded images went through."""
    last = max(IMAGE_STAGES.index(stage) for stage in encoded_stages(config))
    return IMAGE_STAGES[: last + 1]


def polar_layout(config: Config) -> str | None:
    """Say how polar images show the radii, where they are encoded."""
    if "polar" not in config.codes.views:
        return None
    return "mirrored" if config.polar.mirror else "plain"


def fitted_file(config: Config) -> str:
    """Name the fitted run that galaxies are assigned to.

    Raises
    ------
    InputError
        Where none is named, the file is another one, or codes cannot be compared.
    """
    path = config.assign.fitted
    if path is None:
        raise InputError(
            "`snakemake assign` needs the config key `assign.fitted`: the file"
            " fitted.npz of the run whose clusters and names to use"
        )
    if not uses_network(config) or config.codes.hand_made > 0:
        raise InputError(
            "`snakemake assign` needs codes of a network alone; leave out"
            " `codes.hand_made`"
        )
    if Path(path).is_file():
        _check_fitted(path)
    return path


def _check_fitted(path: str) -> None:
    """Refuse what is not the file of a fitted run, without loading its arrays."""
    from galvote.base import fitted_arrays  # loads numpy

    try:
        wrong = fitted_arrays.what_is_wrong(fitted_arrays.headers_in(path))
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        wrong = first_line(error)
    if wrong:
        raise InputError(
            f"config key `assign.fitted`: {path} is not the file fitted.npz of a run of"
            f" this version: {wrong}"
        )


def alike_settings(config: Config) -> dict:
    """Return which galaxies others are compared with.

    Raises
    ------
    InputError
        Where none is named.
    """
    if not config.alike.ids:
        raise InputError(
            "`snakemake alike` needs the config key `alike.ids`: ids of galaxies, as in"
            " catalog.parquet"
        )
    return chosen(config.alike)


def limits(config: Config) -> dict[str, int]:
    """Return what bounds the time and memory of clusterings."""
    return chosen(config.clustering, "bag_size", "exact_limit")


def model_settings(config: Config, name: str) -> dict:
    """Return the section of a clustering model, empty where it has none."""
    section = getattr(config.clustering, name, None)
    return section.model_dump() if section is not None else {}


def cluster_settings(config: Config, name: str) -> dict:
    """Return what one clustering depends on: K, its section, a seed where it draws."""
    model = MODELS[name]
    settings = {"k": config.clustering.k, "model": model_settings(config, name)}
    settings["limits"] = {}
    if model.limit:
        settings["limits"] = {model.limit: limits(config)[model.limit]}
    return settings | ({"seed": config.seed} if model.seeded else {})


def min_votes(config: Config) -> int:
    """Return the votes that the published vote requires, `all` written as a number."""
    wanted = config.vote.min_votes
    return len(config.clustering.models) if wanted == "all" else wanted


def voter_settings(config: Config) -> dict:
    """Return what the voters of the soft vote depend on."""
    voters = chosen(config.vote, "voters", "clusters", "dimensions")
    return voters | {"bag_size": config.clustering.bag_size}


def vote_settings(config: Config) -> dict:
    """Return what the counting depends on, in one way for both methods."""
    if is_soft(config):
        return chosen(config.vote, "voters", "min_agreement", "least_share")
    voters = len(config.clustering.models)
    agreement = min_votes(config) / voters
    return {"voters": voters, "min_agreement": agreement, "least_share": 0.0}


def trial_settings(config: Config) -> dict:
    """Return what clusterings and votes depend on when they are made again."""
    models = config.clustering.models
    return {
        **chosen(config.vote, "reference", "min_agreement", "least_share"),
        "k": config.clustering.k,
        "models": models,
        "limits": limits(config),
        "soft": voter_settings(config),
        **{name: model_settings(config, name) for name in models},
    }


def method_settings(config: Config, name: str) -> dict:
    """Return the section of a method that learns classes, empty where it has none."""
    method = METHODS[name]
    section = getattr(config.classes, method.settings_of or name, None)
    return {} if section is None else section.model_dump(exclude=set(method.ignores))


def views_of_method(config: Config, name: str) -> tuple[str, ...]:
    """Return what a method looks at: names of views of the galaxies."""
    return METHODS[name](**method_settings(config, name)).needs()


def pretrained_of(config: Config, name: str) -> str | None:
    """Return which pretrained network a method starts from, if any.

    `encoder` is the run's own; another name is one of timm's models.
    """
    start = method_settings(config, name).get("architecture")
    return None if start == SMALL_NETWORK else start


def with_twins(methods: Iterable[str]) -> list[str]:
    """Return methods; one that has a twin to be compared with brings it along."""
    listed = list(methods)
    both = [each for name in listed for each in (name, f"{name}_twin")]
    return [each for each in dict.fromkeys(both) if each in METHODS]


def teaching_of_cell(config: Config, labels: int, seed: int) -> ClassesSection:
    """Return the section `classes` by which a cell of the comparison draws labels."""
    changes = {"teach": labels, "per_class": False, "draw": seed}
    return config.classes.model_copy(update=changes)


def check_methods(config: Config, methods: Iterable[str]) -> None:
    """Refuse methods that cannot learn.

    Raises
    ------
    InputError
        Where a method starts from an encoder that is not there.
    """
    for name in methods:
        if pretrained_of(config, name) == ENCODER and not uses_network(config):
            raise InputError(
                f"config key `classes.{METHODS[name].settings_of or name}.architecture`"
                f" is {ENCODER}, but"
                f" `codes.encoder` is {HAND_MADE_ENCODER}, which is no network; name a"
                " timm model, or leave the method out"
            )
