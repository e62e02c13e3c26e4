"""Pages made from the classes of the config: its README and its JSON schema."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from galvote.config.config import Config
from galvote.config.refusals import branches_of
from galvote.inputs.sources import KINDS

HEAD = """# Configuration

Made by `make docs` from classes in `workflow/scripts/galvote`: `config/*_sections.py`,
`inputs/sources.py`, `simulation/settings.py`, `clusters/models.py`; edit those.

`config.yaml` is the default run. For a run of your own write a file with the keys that
differ and give it to Snakemake: `snakemake --configfile mine.yaml`. Sections are merged
key by key; lists (`sources` above all) are replaced. `euml.yaml` holds the settings
published with the original eUML. Numbers need a point: `1.0e-3`, not `1e-3`.

A key that is unknown, of a wrong type or impossible is refused before anything runs.
Editors that know YAML schemas can check and complete the file by
`workflow/schemas/config.schema.yaml`.

| key | default | what it is |
| --- | --- | --- |
"""
SCHEMA_HEAD = "# Made by `make docs` from the classes of the config; do not edit.\n"
Row = tuple[str, str, str]


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """List the classes of settings that a value may be, or a list may hold."""
    models = []
    for branch in branches_of(annotation):
        if get_origin(branch) is list:
            models += models_in(get_args(branch)[0])
        elif isinstance(branch, type) and issubclass(branch, BaseModel):
            models.append(branch)
    return models


def literals_in(annotation: Any) -> list[Any]:
    """List the values that may be chosen from, also those of a list."""
    values: list[Any] = []
    for branch in branches_of(annotation):
        if get_origin(branch) is Literal:
            values += get_args(branch)
        elif get_origin(branch) is list:
            values += literals_in(get_args(branch)[0])
    return values


def rows_of(model: type[BaseModel], path: str = "") -> Iterator[Row]:
    """Yield key, default and description of everything in a class, each key once."""
    for name, field in model.model_fields.items():
        yield from _rows(path + name, [field], "")


def _rows(key: str, fields: list[FieldInfo], only: str) -> Iterator[Row]:
    """Yield the rows of a key, whose defaults may differ between kinds of source."""
    field = fields[0]
    models = models_in(field.annotation)
    is_list = any(get_origin(b) is list for b in branches_of(field.annotation))
    below = f"{key}[]." if is_list else f"{key}."
    is_section = models == [field.annotation]
    yield key, "" if is_section else _defaults(fields), only + _meaning(field)
    if len(models) > 1:
        yield from _rows_of_sources(below)
    elif models:
        yield from rows_of(models[0], below)


def _rows_of_sources(path: str) -> Iterator[Row]:
    """Yield the keys of sources, with the kinds that have them."""
    every = dict.fromkeys(key for kind in KINDS.values() for key in kind.model_fields)
    for key in dict.fromkeys(["name", "kind", "path", *every]):
        having = {
            name: kind.model_fields[key]
            for name, kind in KINDS.items()
            if key in kind.model_fields
        }
        only = "" if len(having) == len(KINDS) else f"({', '.join(having)}) "
        if key == "kind":
            about = f"What the source consists of. One of: {', '.join(KINDS)}."
            yield f"{path}kind", "required", about
        else:
            yield from _rows(path + key, list(having.values()), only)


def _defaults(fields: list[FieldInfo]) -> str:
    if fields[0].is_required():
        return "required"
    written = [_written(f.get_default(call_default_factory=True)) for f in fields]
    return ", ".join(dict.fromkeys(written))


def _written(value: Any) -> str:
    if isinstance(value, list):
        value = [v.model_dump() if isinstance(v, BaseModel) else v for v in value]
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _meaning(field: FieldInfo) -> str:
    text = field.description or ""
    choices = literals_in(field.annotation)
    if len(choices) > 1:
        if NoneType in branches_of(field.annotation):
            choices = [*choices, "null"]
        text += f" One of: {', '.join(map(str, choices))}."
    return text.replace("|", "\\|")


def readme() -> str:
    """Return the text of config/README.md."""
    rows = (f"| `{k}` | {d} | {m} |" for k, d, m in rows_of(Config))
    return HEAD + "\n".join(rows) + "\n"


def schema() -> str:
    """Return the JSON schema of the config, as YAML."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "Configuration of a Galvote run",
    }
    return SCHEMA_HEAD + yaml.safe_dump(_untitled(made), sort_keys=False, width=88)


def _untitled(value: Any) -> Any:
    """Leave out the titles that pydantic makes from names of keys."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: _untitled(v) for k, v in value.items()}
    title = kept.get("title")
    if isinstance(title, str) and title != "Configuration of a Galvote run":
        del kept["title"]
    return kept
