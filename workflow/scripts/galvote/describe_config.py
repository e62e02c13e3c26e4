"""Makes config/README.md from the schema: `python -m galvote.describe_config`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

HEAD = """# Configuration

Made from `workflow/schemas/config.schema.yaml` by `make docs`; edit that.

`config.yaml` is the default run. For a run of your own write a file with the keys that
differ and give it to Snakemake: `snakemake --configfile my.yaml`. Sections are merged
key by key; lists (`sources` above all) are replaced. `euml.yaml` holds the settings
published with the original eUML. Numbers need a point: `1.0e-3`, not `1e-3`.

A key that is unknown, of a wrong type or impossible is refused before anything runs.

| key | default | what it is |
| --- | --- | --- |
"""


def rows_of(schema: dict, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield key, default and description of everything in a schema."""
    places = [schema, *(branch["then"] for branch in schema.get("allOf", []))]
    for place in places:
        for key, rule in place.get("properties", {}).items():
            if not rule:
                continue
            full = f"{path}{key}"
            nested = rule.get("type") == "object"
            default = "" if nested else _written(rule)
            yield full, default, _meaning(rule)
            if nested:
                yield from rows_of(rule, f"{full}.")
            elif rule.get("items", {}).get("type") == "object":
                yield from rows_of(rule["items"], f"{full}[].")


def _written(rule: dict) -> str:
    if "default" not in rule:
        return "required"
    text = yaml.safe_dump(rule["default"], default_flow_style=True, width=1000)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _meaning(rule: dict) -> str:
    text = " ".join(rule["description"].split())
    choices = rule.get("enum") or rule.get("items", {}).get("enum")
    if choices:
        text += f" One of: {', '.join(map(str, choices))}."
    return text.replace("|", "\\|")


def describe(schema: dict) -> str:
    """Return the text of config/README.md."""
    rows = (f"| `{k}` | {d} | {m} |" for k, d, m in rows_of(schema, ""))
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(describe(yaml.safe_load(source.read_text())))
