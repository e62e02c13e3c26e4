"""Figures with a small panel for each method, the most accurate first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from galvote.figures.style import COLOURS, REST_COLOUR, figure

METHODS_IN_A_ROW = 5
MEASURED = {
    "accuracy": {"ls": "-", "c": COLOURS[0]},
    "balanced_accuracy": {"ls": "--", "c": COLOURS[5]},
}


def most_accurate_first(summary: pd.DataFrame, without: Sequence[str]) -> list[str]:
    """Return methods by their mean accuracy over all numbers of labels.

    Parameters
    ----------
    summary : `labels`, `method`, `accuracy`.
    without : methods that get no panel.
    """
    mean = summary.groupby("method")["accuracy"].mean().drop(list(without))
    return list(mean.sort_values(ascending=False, kind="stable").index)


def plot_method_efforts(
    summary: pd.DataFrame, methods: Sequence[str], path: str | Path
) -> None:
    """Plot both accuracies against labels, with bands, other methods in grey.

    Parameters
    ----------
    summary : `labels`, `method`, and for each of `MEASURED` its mean over seeds and
        that `_low` and `_high`.
    methods : which get a panel, in this order.
    """
    lines = dict(iter(summary.sort_values("labels").groupby("method")))
    counts = sorted(set(summary["labels"]))
    with _method_panels(methods, "labels that teach", "accuracy", path) as panels:
        for method, axes in panels.items():
            for name in methods:
                other = lines[name]
                axes.plot(other["labels"], other["accuracy"], c=REST_COLOUR, lw=0.4)
            mine = lines[method]
            for measure, style in MEASURED.items():
                name = measure.replace("_", " ")
                more = {"marker": "o", "ms": 3, "zorder": 3, "label": name}
                axes.plot(mine["labels"], mine[measure], **style, **more)
                low, high = mine[f"{measure}_low"], mine[f"{measure}_high"]
                band = {"color": style["c"], "alpha": 0.25, "lw": 0}
                axes.fill_between(mine["labels"], low, high, **band)
            axes.set_xscale("log")
            axes.set_xticks(counts, [f"{n:,}" for n in counts], rotation=45)
            axes.xaxis.set_minor_locator(NullLocator())


def plot_method_curves(
    table: pd.DataFrame,
    methods: Sequence[str],
    x: str,
    names: tuple[str, str],
    path: str | Path,
) -> None:
    """Plot accuracy against something, a line for each number of labels.

    Parameters
    ----------
    table : `labels`, `method`, `accuracy`, and the column `x`.
    methods : which get a panel, in this order.
    x : `share` kept, or `probability` given: then a dotted line marks the truth.
    names : of the axes.
    """
    counts = sorted(set(table["labels"]))
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(counts)))
    lowest = table[table["method"].isin(methods)][[x, "accuracy"]].min().min()
    with _method_panels(methods, *names, path) as panels:
        for method, axes in panels.items():
            for count, colour in zip(counts, colours, strict=True):
                mine = table[(table["method"] == method) & (table["labels"] == count)]
                name = f"{count:,} labels"
                axes.plot(
                    mine[x], mine["accuracy"], ".-", c=colour, lw=1.2, ms=3, label=name
                )
            if x == "probability":
                axes.plot([lowest, 1], [lowest, 1], ":", c=REST_COLOUR)


@contextmanager
def _method_panels(
    methods: Sequence[str], x: str, y: str, path: str | Path
) -> Iterator[dict[str, Axes]]:
    """Yield axes for each method, in one scale; add titles, labels and a legend."""
    columns = min(METHODS_IN_A_ROW, len(methods))
    rows = -(-len(methods) // columns)
    with figure(path, width=max(6.0, 2.4 * columns), height=2.1 * rows + 1) as drawing:
        grid = drawing.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for axes in grid.flat[len(methods) :]:
            axes.axis("off")
        panels = dict(zip(methods, grid.flat, strict=False))
        yield panels
        for method, axes in panels.items():
            axes.set_title(method, fontsize=10)
            axes.tick_params(labelsize=8)
        for axes in grid.flat[max(len(methods) - columns, 0) : len(methods)]:
            axes.tick_params(labelbottom=True)
        drawing.supxlabel(x, fontsize=10)
        drawing.supylabel(y, fontsize=10)
        drawing.legend(
            *grid[0, 0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=6,
            fontsize=9,
            frameon=False,
        )
