"""A config is checked before anything runs: its keys, and the files it names."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from galvote.base.encoder_names import is_folder
from galvote.base.errors import InputError
from galvote.base.file_names import fill_in, is_pattern, matches, split_hdu
from galvote.config.config import Config
from galvote.config.refusals import explain
from galvote.config.relations import relations
from galvote.inputs.source_parts import COMPANIONS, MAPS, SUM
from galvote.inputs.sources import (
    Bands,
    Frames,
    FrameSource,
    Galaxy10,
    Images,
    Source,
    Stamps,
)
from galvote.inputs.text_tables import text_header
from galvote.inputs.user_tables import table_kind
from galvote.naming.names import read_names


def complete(given: dict) -> Config:
    """Return the config with all defaults.

    Raises
    ------
    InputError
        Where a key is unknown, of a wrong type or impossible: the key and what is
        allowed, in one sentence.
    """
    try:
        config = Config.model_validate(given)
    except ValidationError as error:
        raise InputError(explain(error, Config)) from None
    for i, source in enumerate(config.sources):
        _check_source(source, f"config key `sources[{i}]", config.cutouts.channels)
    for broken, sentence in relations(config):
        if broken:
            raise InputError(sentence)
    return config


def check_run(given: dict, shipped: dict) -> None:
    """Refuse other sources that would write over the results of the shipped ones.

    Parameters
    ----------
    given : config of this run.
    shipped : `config/config.yaml` alone.

    Raises
    ------
    InputError
        Where the sources are others and the run is not.
    """
    other = given.get("sources") != shipped.get("sources")
    if other and "run" in shipped and given.get("run") == shipped["run"]:
        raise InputError(
            f"config key `run` is {given['run']}, as in config/config.yaml, but the"
            " sources are others, whose results would replace those of that run; give"
            " `run` a name of its own"
        )


def _check_source(source: Source, key: str, channels: str) -> None:
    """Refuse bands that are not there and positions without columns."""
    if isinstance(source, Bands):
        _check_bands(source, key, channels)
    if isinstance(source, FrameSource) and source.positions is not None:
        columns = ("x", "y", "ra", "dec")
        given = {c for c in columns if getattr(source.positions, c) is not None}
        if given not in ({"x", "y"}, {"ra", "dec"}):
            raise InputError(
                f"{key}.positions`: give the columns `x` and `y`, or `ra` and `dec`"
            )


def _check_bands(source: Bands, key: str, channels: str) -> None:
    names = source.band_names
    if len(set(names)) < len(names):
        raise InputError(f"{key}.bands`: two bands have one name; change one")
    wanted = [("colour", name) for name in source.colour]
    if source.detect != SUM:
        wanted.append(("detect", source.detect))
    for part, name in wanted:
        if name not in names:
            raise InputError(
                f"{key}.{part}` names the band {name}, but `bands` has"
                f" {', '.join(names)}"
            )
    if channels == "colour" and len(names) == 2:
        raise InputError(
            f"{key}.bands` are two, but `cutouts.channels` is colour, which needs"
            " three (one alone is shown grey); add a band or choose grey"
        )


def check_files(config: Config, is_made: Callable[[str], bool]) -> None:
    """Refuse sources and weights that are not there, and tables without a column.

    Parameters
    ----------
    config : complete config.
    is_made : tells whether a path is made by the workflow itself.

    Raises
    ------
    InputError
        That names the key and the file.
    """
    for i, source in enumerate(config.sources):
        for part, spec in _named_files(source):
            _require_file(split_hdu(spec)[0], f"sources[{i}].{part}", is_made)
        if isinstance(source, Images | Stamps):
            _check_images(source, f"sources[{i}]")
        if isinstance(source, Frames) and source.is_many:
            _check_frames(source, f"sources[{i}]")
    for key, file in (
        ("vote.names", config.vote.names),
        ("assign.fitted", config.assign.fitted),
        ("classes.labels", config.classes.labels),
    ):
        if file is not None:
            _require_file(split_hdu(file)[0], key, is_made)
    if config.vote.names is not None:
        read_names(config.vote.names)
    _check_encoder(config.codes.encoder, config.codes.weights)


def _require_file(path: str, key: str, is_made: Callable[[str], bool]) -> None:
    if not Path(path).is_file() and not is_made(path):
        raise InputError(
            f"config key `{key}`: there is no file {path} (paths are relative to"
            f" {Path.cwd()})"
        )


def _check_encoder(name: str, weights: str | None) -> None:
    if weights is not None and not Path(weights).exists():
        raise InputError(f"config key `codes.weights`: there is no file {weights}")
    if is_folder(name) and Path(name).is_file():
        raise InputError(
            f"config key `codes.encoder`: {name} is a file; set `codes.weights` to it,"
            " and `codes.encoder` to the timm model that it is for"
        )
    if is_folder(name) and not Path(name).is_dir():
        raise InputError(
            f"config key `codes.encoder`: there is no folder {name}; a repository of"
            f" the Hugging Face hub is written hf_hub:{name}"
        )


def _named_files(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the keys of a source that name one file, and the file."""
    if isinstance(source, Galaxy10):
        yield "path", source.path
    if isinstance(source, FrameSource):
        if isinstance(source, Bands):
            for i, band in enumerate(source.bands):
                yield f"bands[{i}].path", band.path
        elif isinstance(source, Frames) and not source.is_many:
            yield "path", source.path
        for part in MAPS:
            if getattr(source, part) and not _is_map_of_each(source, part):
                yield part, getattr(source, part)
        if source.positions is not None:
            yield "positions.path", source.positions.path


def _is_map_of_each(source: FrameSource, part: str) -> bool:
    """Tell whether a map is a pattern, which stands for one of each file."""
    many = isinstance(source, Frames) and source.is_many
    return many and "*" in (getattr(source, part) or "")


def _check_frames(source: Frames, key: str) -> None:
    """Refuse a folder or pattern without frames, or maps that cannot belong to them."""
    if not source.images():
        where = "is called" if is_pattern(source.path) else "with FITS images is in"
        raise InputError(
            f"config key `{key}.path`: no file {where} {source.path} (paths are"
            f" relative to {Path.cwd()})"
        )
    for part in MAPS:
        if not _is_map_of_each(source, part):
            continue
        if source.path.count("*") != 1:
            raise InputError(
                f"config key `{key}.{part}` needs a `path` with one `*`, such as"
                " tiles/*.fits"
            )
        parts = (source.of_file(file) for file in source.images())
        if not any(Path(split_hdu(getattr(p, part))[0]).is_file() for p in parts):
            raise InputError(
                f"config key `{key}.{part}`: no file {getattr(source, part)} belongs to"
                f" one of {source.path}"
            )


def _check_images(source: Images | Stamps, key: str) -> None:
    """Refuse a table, folder or pattern without images."""
    pattern, path = is_pattern(source.path), Path(split_hdu(source.path)[0])
    for part in COMPANIONS if isinstance(source, Stamps) else ():
        if getattr(source, part) and not pattern:
            raise InputError(
                f"config key `{key}.{part}` needs a pattern as `path`, such as"
                f" stamps/*.fits; in a table use the column `{part}_path`"
            )
    if source.folder is not None and (pattern or path.is_dir()):
        raise InputError(
            f"config key `{key}.folder` is for the paths of a table, but {source.path}"
            " is none; leave it out"
        )
    if source.folder is not None and not Path(source.folder).is_dir():
        raise InputError(
            f"config key `{key}.folder`: there is no folder {source.folder} (paths are"
            f" relative to {Path.cwd()})"
        )
    if pattern or path.is_dir():
        if pattern and not matches(source.path):
            raise InputError(
                f"config key `{key}.path`: no file is called {source.path} (paths are"
                f" relative to {Path.cwd()})"
            )
        for part in COMPANIONS if isinstance(source, Stamps) and pattern else ():
            if template := getattr(source, part):
                _check_template(template, source.path, f"{key}.{part}")
        if source.label_column not in (None, "folder"):
            raise InputError(
                f"config key `{key}.label_column` is '{source.label_column}', but"
                " without a table the only label is `folder`"
            )
        return
    _require_file(str(path), f"{key}.path", lambda _: False)
    if table_kind(path) == "text":
        _check_columns(path, source, key)


def _check_template(template: str, pattern: str, key: str) -> None:
    try:
        for file in matches(pattern):
            fill_in(template, pattern, file)
    except InputError as error:
        raise InputError(f"config key `{key}`: {error}") from None


def _check_columns(path: Path, source: Images | Stamps, key: str) -> None:
    try:
        header, has_rows = text_header(path)
    except UnicodeDecodeError:
        raise InputError(
            f"config key `{key}.path`: {path} is not a CSV table in UTF-8"
        ) from None
    usual = source.path_column == "image_path"
    wanted = {f"{key}.{'path' if usual else 'path_column'}": source.path_column}
    wanted |= {
        f"{key}.{part}": getattr(source, part) for part in ("label_column", "id_column")
    }
    for column_key, column in wanted.items():
        if column is not None and column not in header:
            raise InputError(
                f"config key `{column_key}`: the table {path} has no column"
                f" `{column}`; it has: {', '.join(header) or 'nothing'}"
            )
    if not has_rows:
        raise InputError(
            f"config key `{key}.path`: the table {path} has no rows; list one image a"
            " row"
        )
