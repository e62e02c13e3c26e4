"""Page of the comparison of methods."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment

from galvote.base.files import whole_file

SHOWN = {  # columns of the page's tables: name, digits
    "accuracy": ("accuracy", 3),
    "error": ("standard error", 3),
    "balanced_accuracy": ("balanced accuracy", 3),
    "calibration_error": ("calibration error", 3),
    "training_seconds": ("training (s)", 1),
    "prediction_seconds": ("prediction (s)", 1),
}
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{{ title }}</title>
<style>
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border-bottom: 1px solid #ccc; padding: 0.15em 1em 0.15em 0; text-align: right;
  font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
tr.best td { font-weight: bold; }
img { max-width: 100%; }
</style>
<h1>{{ title }}</h1>
<p>{{ opening }}</p>
{% for count, part in parts.items() %}
<h2>{{ "{:,}".format(count) }} labels</h2>
<ul>{% for sentence in part.words %}<li>{{ sentence }}</li>{% endfor %}</ul>
<table><tr><th>method</th>{% for name in columns %}<th>{{ name }}</th>{% endfor %}</tr>
{% for row in part.rows -%}
<tr{% if row[0] == part.best %} class="best"{% endif %}>
{%- for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
{% endfor %}
{% for caption, data in figures.items() %}
<h2>{{ caption }}</h2>
<img alt="{{ caption }}" src="data:image/png;base64,{{ data }}">
{% endfor %}
</html>
"""


def write_page(
    summary: pd.DataFrame,
    words: Mapping[int, Sequence[str]],
    best: Mapping[int, str],
    opening: str,
    figures: Mapping[str, str | Path],
    path: str | Path,
) -> None:
    """Write the page: one file, which opens without a network.

    Parameters
    ----------
    summary : a row for each method and number of labels.
    words : sentences about each number of labels.
    best : the best method at each.
    opening : what was compared.
    figures : paths of PNG files, by their captions.
    """
    parts = {}
    for count, rows in summary.groupby("labels"):
        best_first = rows.sort_values(["accuracy", "method"], ascending=[False, True])
        cells = [
            [row["method"], *(_number(row[c], SHOWN[c][1]) for c in SHOWN)]
            for _, row in best_first.iterrows()
        ]
        parts[count] = {"words": words[count], "best": best[count], "rows": cells}
    drawn = {
        caption: base64.b64encode(Path(file).read_bytes()).decode()
        for caption, file in figures.items()
    }
    text = (
        Environment(autoescape=True)
        .from_string(PAGE)
        .render(
            title="Which method at which effort",
            opening=opening,
            parts=parts,
            columns=[name for name, _ in SHOWN.values()],
            figures=drawn,
        )
    )
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _number(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:.{digits}f}"
