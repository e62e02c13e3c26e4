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


def keys_of(
    model: type[BaseModel] = Config, path: str = ""
) -> Iterator[tuple[str, dict[str, FieldInfo]]]:
    """Yield every key below a class, once, with the field that it is.

    A key of sources has a field for each kind that has it, by its name.
    """
    for name, field in model.model_fields.items():
        yield from _keys(path + name, {"": field})


def _keys(
    key: str, fields: dict[str, FieldInfo]
) -> Iterator[tuple[str, dict[str, FieldInfo]]]:
    yield key, fields
    annotation = next(iter(fields.values())).annotation
    models = models_in(annotation)
    is_list = any(get_origin(b) is list for b in branches_of(annotation))
    below = f"{key}[]." if is_list else f"{key}."
    if len(models) == 1:
        yield from keys_of(models[0], below)
    elif models:
        every = dict.fromkeys(k for kind in KINDS.values() for k in kind.model_fields)
        for name in dict.fromkeys(["name", "kind", "path", *every]):
            having = {
                kind: source.model_fields[name]
                for kind, source in KINDS.items()
                if name in source.model_fields
            }
            yield from _keys(below + name, having)


def rows() -> Iterator[Row]:
    """Yield key, default and description of everything in the config."""
    for key, fields in keys_of():
        field, only = next(iter(fields.values())), ""
        if 1 < len(fields) < len(KINDS) or (len(fields) == 1 and "" not in fields):
            only = f"({', '.join(fields)}) "
        if key == "sources[].kind":
            about = f"What the source consists of. One of: {', '.join(KINDS)}."
            yield key, "required", about
            continue
        is_section = models_in(field.annotation) == [field.annotation]
        yield key, "" if is_section else _defaults(fields), only + _described(field)


def _defaults(fields: dict[str, FieldInfo]) -> str:
    if next(iter(fields.values())).is_required():
        return "required"
    defaults = [f.get_default(call_default_factory=True) for f in fields.values()]
    written = [_written(default) for default in defaults]
    return ", ".join(dict.fromkeys(written))


def _written(value: Any) -> str:
    if isinstance(value, list):
        value = [v.model_dump() if isinstance(v, BaseModel) else v for v in value]
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _described(field: FieldInfo) -> str:
    text = field.description or ""
    choices = literals_in(field.annotation)
    if len(choices) > 1:
        if NoneType in branches_of(field.annotation):
            choices = [*choices, "null"]
        text += f" One of: {', '.join(map(str, choices))}."
    return text.replace("|", "\\|")


def readme() -> str:
    """Return the text of config/README.md."""
    lines = (f"| `{k}` | {d} | {m} |" for k, d, m in rows())
    return HEAD + "\n".join(lines) + "\n"


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
