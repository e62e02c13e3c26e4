"""The run's configuration: defaults filled in, mistakes refused in one sentence."""

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError

from galvote.base.encoder_names import HAND_MADE_ENCODER, hub_repository, is_folder
from galvote.base.errors import InputError
from galvote.base.file_names import is_pattern, matches, split_hdu
from galvote.naming.names import read_names

OF_NETWORKS = ("weights", "sha256", "preprocessing", "measured")  # keys of `codes`

KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a section with keys",
    "string": "text",
}


def key_of(path: Iterable) -> str:
    """Write a path into the config as a person would: `sources[0].path`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def fill_defaults(value: object, schema: dict) -> object:
    """Return a copy of `value` with the schema's defaults where keys are missing."""
    if isinstance(value, dict):
        filled = dict(value)
        for key, rule in schema.get("properties", {}).items():
            if key not in filled and "default" in rule:
                filled[key] = deepcopy(rule["default"])
            if key in filled:
                filled[key] = fill_defaults(filled[key], rule)
        for branch in schema.get("allOf", []):
            if Draft202012Validator(branch["if"]).is_valid(filled):
                filled = fill_defaults(filled, branch["then"])
        return filled
    if isinstance(value, list) and "items" in schema:
        return [fill_defaults(item, schema["items"]) for item in value]
    kinds = schema.get("type", [])
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return int(value)  # JSON Schema takes 3.0 for an integer, Python does not
    return value


def explain(error: ValidationError) -> str:
    """Say what is wrong with one key and what is allowed there."""
    key = key_of(error.absolute_path)
    where = f"config key `{key}`" if key else "the config"
    rule, value, given = error.schema, error.validator_value, repr(error.instance)
    about = (
        f" ({' '.join(rule['description'].split())})" if "description" in rule else ""
    )
    if error.validator == "additionalProperties":
        return _explain_unknown(error, key)
    if error.validator == "required":
        missing = [name for name in value if name not in error.instance]
        return f"{where} lacks `{missing[0]}`; add it"
    if error.validator == "type":
        kinds = [value] if isinstance(value, str) else value
        wanted = " or ".join(KINDS[kind] for kind in kinds)
        hint = ""
        if isinstance(error.instance, str) and {"number", "integer"} & set(kinds):
            hint = (
                "; write numbers without quotes, and 1.0e-3 rather than 1e-3 (within"
                " braces after --config all are text: write these into a file)"
            )
        return f"{where} is {given} but must be {wanted}{hint}{about}"
    if error.validator == "enum":
        allowed = ", ".join(map(str, value))
        return f"{where} is {given} but must be one of: {allowed}{about}"
    if error.validator == "pattern" and "integer" in rule.get("type", ""):
        word = value.strip("^$")
        return f"{where} is {given} but must be a whole number or `{word}`{about}"
    return f"{where}: {error.message}{about}"


def _explain_unknown(error: ValidationError, key: str) -> str:
    known = list(error.schema.get("properties", {}))
    unknown = next(name for name in error.instance if name not in known)
    full = key_of([*error.absolute_path, unknown])
    close = difflib.get_close_matches(str(unknown), known, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    place = f"in `{key}`" if key else "at the top"
    return f"unknown config key `{full}`; {hint}known {place}: {', '.join(known)}"


def complete(config: dict, schema: dict) -> dict:
    """Return `config` with all defaults.

    Raises
    ------
    InputError
        Where a key is unknown, of a wrong type or impossible: the key and what is
        allowed, in one sentence.
    """
    filled = fill_defaults(config, schema)
    errors = Draft202012Validator(schema).iter_errors(filled)
    first = min(errors, key=lambda error: key_of(error.absolute_path), default=None)
    if first is not None:
        raise InputError(explain(first))
    _move_hdus(filled)
    _fill_colours(filled)
    _check_sources(filled)
    _check_relations(filled)
    return filled


def _check_relations(config: dict) -> None:
    """Refuse values that are legal alone and impossible together."""
    names = [source["name"] for source in config["sources"]]
    models = config["clustering"]["models"]
    vote, codes = config["vote"], config["codes"]
    preparing = codes["preprocessing"]
    low, high = config["autoencoder"]["noise"]
    stretched = [s["name"] for s in config["sources"] if s.get("stretch") != "asinh"]
    shrink = 1
    for layer in config["autoencoder"]["layers"]:
        shrink *= layer["pool"]
    rules: list[tuple[bool, str]] = [
        (
            len({name.lower() for name in names}) < len(names),
            f"config key `sources`: two sources have one name ({', '.join(names)});"
            " give each its own",
        ),
        (
            vote["reference"] not in models,
            f"config key `vote.reference` is '{vote['reference']}' but must be one of"
            f" `clustering.models` ({', '.join(models)})",
        ),
        (
            vote["min_votes"] != "all" and vote["min_votes"] > len(models),
            f"config key `vote.min_votes` is {vote['min_votes']} but only"
            f" {len(models)} clusterings vote (`clustering.models`)",
        ),
        *(
            (
                vote[key][0] > vote[key][1],
                f"config key `vote.{key}` is {vote[key]}; write the lower bound first",
            )
            for key in ("clusters", "dimensions")
        ),
        (
            config["clustering"]["k"] > config["clustering"]["exact_limit"],
            f"config key `clustering.k` is {config['clustering']['k']}, more than"
            " `clustering.exact_limit`",
        ),
        (
            config["cutouts"]["channels"] == "depths" and bool(stretched),
            "config key `cutouts.channels` is depths, which needs frames with the"
            f" stretch asinh, but source {', '.join(stretched)} is not; choose grey or"
            " colour",
        ),
        (
            low > high,
            f"config key `autoencoder.noise` is [{low}, {high}]; write the lower"
            " bound first",
        ),
        (
            config["cutouts"]["size"] < 2 * shrink,
            f"config key `autoencoder.layers` pools by {shrink} in all, too much for"
            f" cutouts of {config['cutouts']['size']} px (`cutouts.size`)",
        ),
        (
            "polar" in codes["views"]
            and config["polar"]["zero_angle"] == "moments"
            and codes["rotations"] % 2 == 1,
            f"config key `codes.rotations` is {codes['rotations']} but must be even"
            " where polar images are encoded and `polar.zero_angle` is `moments`: an"
            " axis has two ends",
        ),
        (
            codes["encoder"] == HAND_MADE_ENCODER
            and any(codes[key] for key in OF_NETWORKS),
            f"config key `codes.encoder` is {HAND_MADE_ENCODER}, which is no network;"
            f" leave out {', '.join(f'`codes.{key}`' for key in OF_NETWORKS)}",
        ),
        (
            preparing is not None
            and {len(preparing["mean"]), len(preparing["std"])} not in ({1}, {3}),
            "config key `codes.preprocessing`: give `mean` and `std` one value for all"
            " channels each, or three",
        ),
        (
            (is_folder(codes["encoder"]) or bool(hub_repository(codes["encoder"])))
            and codes["weights"] is not None,
            f"config key `codes.weights` is for timm's models, but `codes.encoder` is"
            f" {codes['encoder']}, which has its own; set one of them",
        ),
    ]
    for broken, sentence in rules:
        if broken:
            raise InputError(sentence)


def _move_hdus(config: dict) -> None:
    """Take the HDU in brackets behind a path as the key `hdu`: `field.fits[SCI]`."""
    for source in config["sources"]:
        for file in (source, *source.get("bands", [])):
            if "hdu" in file and not is_pattern(file.get("path", "")):
                path, hdu = split_hdu(file["path"])
                if hdu is not None and Path(path).is_file():
                    file["path"], file["hdu"] = path, hdu


def _fill_colours(config: dict) -> None:
    """Choose the bands of colour pictures where the config does not."""
    for source in config["sources"]:
        if source["kind"] == "bands" and source["colour"] is None:
            names = [band["name"] for band in source["bands"]]
            chosen = [names[-1], names[len(names) // 2], names[0]]
            source["colour"] = chosen if len(names) >= 3 else names[:1] * 3


def _check_sources(config: dict) -> None:
    """Refuse bands that are not there and positions without columns."""
    for i, source in enumerate(config["sources"]):
        key = f"config key `sources[{i}]"
        names = [band["name"] for band in source.get("bands", [])]
        if len(set(names)) < len(names):
            raise InputError(f"{key}.bands`: two bands have one name; change one")
        wanted = [("colour", name) for name in source.get("colour", [])]
        if names and source["detect"] != "sum":
            wanted.append(("detect", source["detect"]))
        for part, name in wanted:
            if name not in names:
                raise InputError(
                    f"{key}.{part}` names the band {name}, but `bands` has"
                    f" {', '.join(names)}"
                )
        if names and config["cutouts"]["channels"] == "colour" and len(names) == 2:
            raise InputError(
                f"{key}.bands` are two, but `cutouts.channels` is colour, which needs"
                " three (one alone is shown grey); add a band or choose grey"
            )
        places = source.get("positions")
        if places:
            given = {key for key in ("x", "y", "ra", "dec") if places[key] is not None}
            if given not in ({"x", "y"}, {"ra", "dec"}):
                raise InputError(
                    f"{key}.positions`: give the columns `x` and `y`, or `ra` and `dec`"
                )


def check_files(config: dict, is_made: Callable[[str], bool]) -> None:
    """Refuse sources and weights that are not there, and tables without a column.

    Parameters
    ----------
    config : complete config.
    is_made : tells whether a path is made by the workflow itself.
    """
    for i, source in enumerate(config["sources"]):
        key = f"sources[{i}]"
        for part, spec in _named_files(source):
            path = Path(split_hdu(spec)[0])
            if not path.is_file() and not is_made(spec):
                raise InputError(
                    f"config key `{key}.{part}`: there is no file {path} (paths are"
                    f" relative to {Path.cwd()})"
                )
        path = Path(split_hdu(source.get("path", ""))[0])
        if source["kind"] in ("images", "stamps"):
            _check_images(path, source, key)
    for section, part in (("vote", "names"), ("assign", "fitted")):
        file = config[section][part]
        if file is not None and not Path(file).is_file() and not is_made(file):
            raise InputError(
                f"config key `{section}.{part}`: there is no file {file} (paths are"
                f" relative to {Path.cwd()})"
            )
    if config["vote"]["names"] is not None:
        read_names(config["vote"]["names"])
    weights, name = config["codes"]["weights"], config["codes"]["encoder"]
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


def _named_files(source: dict) -> Iterator[tuple[str, str]]:
    """Yield the keys of a source that name one file, and the file."""
    if source["kind"] in ("frames", "galaxy10"):
        yield "path", source["path"]
    for i, band in enumerate(source.get("bands", [])):
        yield f"bands[{i}].path", band["path"]
    if source["kind"] != "stamps":
        for part in ("mask", "weight", "rms"):
            if source.get(part):
                yield part, source[part]
    if source.get("positions"):
        yield "positions.path", source["positions"]["path"]


def _check_images(path: Path, source: dict, key: str) -> None:
    """Refuse a table, folder or pattern without images."""
    pattern = is_pattern(source["path"])
    for part in ("mask", "rms", "psf"):
        if source.get(part) and not (pattern and source["path"].count("*") == 1):
            raise InputError(
                f"config key `{key}.{part}` needs a `path` with one `*`, such as"
                f" stamps/*.fits; in a table use the column `{part}_path`"
            )
    if pattern or path.is_dir():
        if pattern and not matches(source["path"]):
            raise InputError(
                f"config key `{key}.path`: no file is called {source['path']} (paths"
                f" are relative to {Path.cwd()})"
            )
        if source["label_column"] not in (None, "folder"):
            raise InputError(
                f"config key `{key}.label_column` is '{source['label_column']}', but"
                " without a table the only label is `folder`"
            )
    elif not path.is_file():
        raise InputError(
            f"config key `{key}.path`: there is no file {path} (paths are relative to"
            f" {Path.cwd()})"
        )
    elif path.suffix.lower() in (".csv", ".txt", ""):
        _check_columns(path, source, key)


def _check_columns(path: Path, source: dict, key: str) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            header, first = next(rows, []), next(rows, None)
    except UnicodeDecodeError:
        raise InputError(
            f"config key `{key}.path`: {path} is not a CSV table in UTF-8"
        ) from None
    wanted = {"image_path": f"{key}.path"}
    if source["label_column"] is not None:
        wanted[source["label_column"]] = f"{key}.label_column"
    for column, column_key in wanted.items():
        if column not in header:
            raise InputError(
                f"config key `{column_key}`: the table {path} has no column"
                f" `{column}`; it has: {', '.join(header) or 'nothing'}"
            )
    if first is None:
        raise InputError(
            f"config key `{key}.path`: the table {path} has no rows; list one image a"
            " row"
        )
