"""The record of a run as a page for people."""

import json
from html import escape

STYLE = """
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
table { border-collapse: collapse; margin-bottom: 1.5em; }
th, td { border-bottom: 1px solid #ccc; padding: 0.2em 1.2em 0.2em 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { white-space: nowrap; }
pre { background: #f4f4f4; padding: 1em; overflow-x: auto; }
"""
GENERAL = ("run", "seed", "finished")


def page_of(record: dict, config_text: str) -> str:
    """Return an HTML page.

    Parameters
    ----------
    record : what `run.json` holds; all but `config` is shown as tables.
    config_text : the config as its reader would write it.
    """
    sections = {"Run": {key: record[key] for key in GENERAL}}
    for key, value in record.items():
        if key not in (*GENERAL, "config"):
            sections[key.capitalize()] = value or {"": "not kept in git"}
    body = "".join(f"<h2>{escape(k)}</h2>{_table(v)}" for k, v in sections.items())
    title = f"Galvote run {escape(record['run'])}"
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1>{body}"
        f"<h2>Config</h2><pre>{escape(config_text)}</pre></html>\n"
    )


def _table(section: dict) -> str:
    """Write a section; one made of dicts has a column for each of their keys."""
    nested = [value for value in section.values() if isinstance(value, dict)]
    if len(nested) < len(section):
        rows = "".join(
            f"<tr><th>{escape(str(key))}</th>{_cell(value)}</tr>"
            for key, value in section.items()
        )
        return f"<table>{rows}</table>"
    columns = list(dict.fromkeys(key for value in nested for key in value))
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    rows = "".join(
        f"<tr><th>{escape(key)}</th>"
        + "".join(_cell(value.get(column, "")) for column in columns)
        + "</tr>"
        for key, value in section.items()
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    return f"<td>{escape(value if isinstance(value, str) else json.dumps(value))}</td>"
