"""Figures of learned classes: confusion, ROC, reliability, doubted labels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.stats import binom_conf_interval

from galvote.figures.sheets import draw_page
from galvote.figures.style import COLOURS, REST_COLOUR, figure, plain

IN_A_ROW = 3  # panels
LARGEST_PANEL = 12.0  # inches
READABLE = 20  # classes whose numbers can be read in a confusion matrix
LINES = ("-", "--", "-.", ":")


def _panels(count: int) -> tuple[int, int]:
    """Return rows and columns of panels."""
    columns = min(count, IN_A_ROW)
    return -(-count // columns), columns


def plot_confusions(counts: pd.DataFrame, path: str | Path) -> None:
    """Plot a confusion matrix of each method; the colour is the share of the class.

    Parameters
    ----------
    counts : `method`, `label` (true), `class` (given), `galaxies`.
    """
    tables = [
        (method, _matrix_of(part))
        for method, part in counts.groupby("method", sort=False)
    ]
    rows, columns = _panels(len(tables))
    count = len(tables[0][1])
    side = np.clip(0.75 * count + 1.2, 2.6, LARGEST_PANEL)
    size = {"width": columns * side + 0.8, "height": rows * side + 0.3}
    with figure(path, **size) as drawing:
        axes = drawing.subplots(rows, columns, squeeze=False)
        for place in axes.flat[len(tables) :]:
            place.axis("off")
        for place, (method, table) in zip(axes.flat, tables, strict=False):
            numbers = table.to_numpy()
            shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
            shown = place.imshow(shares, cmap="cividis", vmin=0, vmax=1)
            for (i, j), number in np.ndenumerate(numbers if count <= READABLE else []):
                colour = "black" if shares[i, j] > 0.5 else "white"
                text = {"ha": "center", "va": "center", "fontsize": 8}
                place.text(j, i, number, color=colour, **text)
            given, true = map(plain, table.columns), map(plain, table.index)
            turned = {"rotation": 30, "ha": "right", "fontsize": 8}
            place.set_xticks(range(table.shape[1]), list(given), **turned)
            place.set_yticks(range(table.shape[0]), list(true), fontsize=8)
            place.set_title(plain(method), fontsize=10)
            place.grid(visible=False)
        drawing.supxlabel("class given")
        drawing.supylabel("true class")
        drawing.colorbar(shown, ax=axes, label="share of the true class", shrink=0.8)


def _matrix_of(counts: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each true class; columns that are no class come last."""
    table = counts.pivot(index="label", columns="class", values="galaxies")
    return table[[*table.index, *table.columns.difference(table.index)]]


def plot_roc(curves: pd.DataFrame, path: str | Path) -> None:
    """Plot ROC curves, a panel for each class against the others.

    Parameters
    ----------
    curves : `method`, `class`, `false_positive`, `true_positive`, `area`.
    """
    classes = list(curves.groupby("class", sort=False))
    rows, columns = _panels(max(len(classes), 1))
    with figure(path, width=4.2 * columns, height=4.0 * rows) as drawing:
        axes = drawing.subplots(rows, columns, squeeze=False)
        for place in axes.flat[len(classes) :]:
            place.axis("off")
        for place, (name, part) in zip(axes.flat, classes, strict=False):
            for i, (method, curve) in enumerate(part.groupby("method", sort=False)):
                place.plot(
                    curve["false_positive"],
                    curve["true_positive"],
                    LINES[i // len(COLOURS) % len(LINES)],
                    c=COLOURS[i % len(COLOURS)],
                    lw=1.2,
                    label=f"{plain(method)} {curve['area'].iloc[0]:.3f}",
                )
            place.plot([0, 1], [0, 1], ":", c=REST_COLOUR, lw=1)
            place.set(xlabel="false positive rate", ylabel="true positive rate")
            place.set_title(f"{plain(name)} against the others", fontsize=10)
            place.legend(fontsize=7, loc="lower right", title="area", title_fontsize=7)


def plot_reliability(bins: pd.DataFrame, path: str | Path) -> None:
    """Plot the accuracy in bins of probability against the mean probability.

    Parameters
    ----------
    bins : `method`, `probability`, `accuracy`, `galaxies`.
    """
    with figure(path, width=6.5, height=5.5) as drawing:
        axes = drawing.subplots()
        axes.plot([0, 1], [0, 1], ":", c=REST_COLOUR, label="what it says is true")
        for i, (method, part) in enumerate(bins.groupby("method", sort=False)):
            accuracy, count = part["accuracy"], part["galaxies"]
            right = (accuracy * count).round()
            low, high = binom_conf_interval(right, count, interval="wilson")
            error = np.clip([accuracy - low, high - accuracy], 0.0, None)
            axes.errorbar(
                part["probability"],
                accuracy,
                error,
                fmt=f"o{LINES[i // len(COLOURS) % len(LINES)]}",
                c=COLOURS[i % len(COLOURS)],
                ms=4,
                lw=1.2,
                label=plain(method),
            )
        axes.set(xlabel="probability that the method gives", ylabel="accuracy")
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
        axes.legend(fontsize=8)


def draw_doubted(
    method: str,
    doubted: pd.DataFrame,
    read: Callable[[str], np.ndarray],
    places: int,
    path: str | Path,
) -> None:
    """Draw the galaxies whose labels a method believes least, from labels it had not.

    Parameters
    ----------
    doubted : `id`, `label`, `class`, the least believed first.
    read : gives the image of an id.
    places : images in a row.
    """
    rows, under = {}, {}
    for (label, given), part in doubted.groupby(["label", "class"], sort=False):
        caption = f"labelled {label}, looks like {given} ({len(part)})"
        ids = part["id"].head(places).tolist()
        rows[caption], under[caption] = [read(id_) for id_ in ids], ids
    title = f"Labels that {method} doubts most (of each kind the first {places})"
    draw_page(title, rows, places, path, under)
