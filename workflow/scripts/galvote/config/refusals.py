"""What is wrong with a config, in one sentence that says what to change."""

import difflib
from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from galvote.inputs.sources import KINDS

TYPES = {
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "dict_type": "a section with keys",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "a section with keys",
    "model_type": "a section with keys",
    "none_required": "null",
    "string_type": "text",
}
LIMITS = {
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "text, not empty",
    "too_long": "of at most {max_length} entries",
    "too_short": "of at least {min_length} entries",
    "string_pattern_mismatch": "text that matches {pattern}",
}
NUMBERS = ("float_type", "int_type")
Keys = tuple[str | int, ...]


def written(parts: Sequence[str | int]) -> str:
    """Write a path into the config as a person would: `sources[0].path`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def explain(error: ValidationError, root: type[BaseModel]) -> str:
    """Say what is wrong with the first key, and what may stand there.

    Parameters
    ----------
    error : of the config.
    root : class of the whole config.
    """
    found = [(_keys_of(one, root), one) for one in error.errors()]
    start = found[0][0]  # of several branches of a type the deepest tells most
    keys = max((k for k, _ in found if k[: len(start)] == start), key=len)
    same = [one for path, one in found if path == keys]
    first, key = same[0], written(keys)
    where = f"config key `{key}`" if key else "the config"
    match first["type"]:
        case "extra_forbidden" | "invalid_key":
            return _explain_unknown(keys, _section_of(first, root))
        case "missing":
            section = written(keys[:-1])
            place = f"config key `{section}`" if section else "the config"
            return f"{place} lacks `{keys[-1]}`; add it"
        case "union_tag_not_found":
            return f"{where} lacks `kind`; add it"
        case "union_tag_invalid":
            return (
                f"config key `{key}.kind` is {first['ctx']['tag']!r} but must be one"
                f" of: {', '.join(KINDS)}"
            )
    field = _field_of(first, root)
    about = f" ({field.description})" if field else ""
    if first["type"] == "value_error":
        return f"{where} {first['ctx']['error']}{about}"
    wanted = list(dict.fromkeys(map(_wanted, same)))
    if field and NoneType in branches_of(field.annotation) and not _is_item(keys):
        wanted.append("null")
    hint = ""
    given = first["input"]
    if isinstance(given, str) and any(one["type"] in NUMBERS for one in same):
        hint = (
            "; write numbers without quotes, and 1.0e-3 rather than 1e-3 (within"
            " braces after --config all are text: write these into a file)"
        )
    options = [option for one in same for option in _options(one)]
    if close := difflib.get_close_matches(str(given), options, n=1):
        hint = f"; did you mean `{close[0]}`?"
    return f"{where} is {given!r} but must be {' or '.join(wanted)}{hint}{about}"


def _is_item(keys: Keys) -> bool:
    return isinstance(keys[-1], int)


def _options(error: ErrorDetails) -> list[str]:
    """List the words of which one branch of a key's type takes one."""
    if error["type"] != "literal_error":
        return []
    expected = error["ctx"]["expected"].replace(" or ", ", ").replace("'", "")
    return expected.split(", ")


def _wanted(error: ErrorDetails) -> str:
    """Say what one branch of a key's type would take."""
    kind, context = error["type"], error.get("ctx", {})
    if options := _options(error):
        several = len(options) > 1
        return f"one of: {', '.join(options)}" if several else f"`{options[0]}`"
    if kind in LIMITS:
        return LIMITS[kind].format(**context)
    return TYPES.get(kind, error["msg"])


def _explain_unknown(keys: Keys, section: type[BaseModel]) -> str:
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(keys[-1]), known, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    place = written(keys[:-1])
    inside = f"in `{place}`" if place else "at the top"
    return (
        f"unknown config key `{written(keys)}`; {hint}known {inside}:"
        f" {', '.join(known)}"
    )


def _walk(
    error: ErrorDetails, root: type[BaseModel]
) -> Iterator[tuple[str | int, type[BaseModel] | None]]:
    """Yield the keys that lead to an error, each with the class of its section.

    pydantic puts the branches of a union among them, which are left out; the kind of a
    source says which class it has.
    """
    at: Any = root
    for part in error["loc"]:
        branches = branches_of(at)
        models = [b for b in branches if isinstance(b, type) and b is not NoneType]
        models = [model for model in models if issubclass(model, BaseModel)]
        if len(models) > 1 and part in KINDS:
            at = KINDS[part]
        elif models:
            field = models[0].model_fields.get(part)
            at = field.annotation if field else Any
            yield part, models[0]
        elif isinstance(part, int):
            lists = [b for b in branches if get_origin(b) is list]
            at = get_args(lists[0])[0]
            yield part, None
        elif dicts := [b for b in branches if get_origin(b) is dict]:
            if len(branches) > 1:  # the part names the branch
                at = dicts[0] if str(part).startswith("dict[") else Any
            elif part != "[key]":
                yield part, None


def _keys_of(error: ErrorDetails, root: type[BaseModel]) -> Keys:
    return tuple(part for part, _ in _walk(error, root))


def _section_of(error: ErrorDetails, root: type[BaseModel]) -> type[BaseModel]:
    """Return the class of the section that an error is in."""
    return [section for _, section in _walk(error, root) if section][-1]


def _field_of(error: ErrorDetails, root: type[BaseModel]) -> FieldInfo | None:
    """Return the field that an error is in, None for none."""
    steps = [(part, section) for part, section in _walk(error, root) if section]
    return steps[-1][1].model_fields.get(steps[-1][0]) if steps else None


def branches_of(annotation: Any) -> list[Any]:
    """List the types of which a value may be one, `Annotated` taken off."""
    if get_origin(annotation) is Annotated:
        return branches_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [one for arg in get_args(annotation) for one in branches_of(arg)]
    return [annotation]
