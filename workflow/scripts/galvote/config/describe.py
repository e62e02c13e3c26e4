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
    """Yield key, default and description of everything in a schema, each key once."""
    kinds: dict[str, dict[str, dict]] = {}
    for branch in schema.get("allOf", []):
        kind = branch["if"]["properties"]["kind"]["const"]
        for key, rule in branch["then"]["properties"].items():
            if rule:
                kinds.setdefault(key, {})[kind] = rule
    yield from _rows(schema.get("properties", {}), path, "")
    for key, rules in kinds.items():
        only = f"({', '.join(rules)}) "
        yield from _rows({key: merged(list(rules.values()))}, path, only)


def merged(rules: list[dict]) -> dict:
    """Join the rules that kinds of source have for one key: all defaults are kept."""
    defaults = [rule["default"] for rule in rules if "default" in rule]
    differ = any(default != defaults[0] for default in defaults)
    return rules[0] | ({"defaults": defaults} if differ else {})


def _rows(properties: dict, path: str, only: str) -> Iterator[tuple[str, str, str]]:
    for key, rule in properties.items():
        full = f"{path}{key}"
        nested = "object" in rule.get("type", ())
        default = "" if rule.get("type") == "object" else _written(rule)
        yield full, default, only + _description(rule)
        if nested:
            yield from rows_of(rule, f"{full}.")
        elif rule.get("items", {}).get("type") == "object":
            yield from rows_of(rule["items"], f"{full}[].")


def _written(rule: dict) -> str:
    if "default" not in rule:
        return "required"
    written = []
    for default in rule.get("defaults", [rule["default"]]):
        text = yaml.safe_dump(default, default_flow_style=True, width=1000)
        written.append(f"`{text.removesuffix('...' + chr(10)).strip()}`")
    return ", ".join(dict.fromkeys(written))


def _description(rule: dict) -> str:
    text = " ".join(rule["description"].split())
    choices = rule.get("enum") or rule.get("items", {}).get("enum")
    if choices:
        named = ("null" if choice is None else str(choice) for choice in choices)
        text += f" One of: {', '.join(named)}."
    return text.replace("|", "\\|")


def describe(schema: dict) -> str:
    """Return the text of config/README.md."""
    rows = (f"| `{k}` | {d} | {m} |" for k, d, m in rows_of(schema, ""))
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(describe(yaml.safe_load(source.read_text())))
