"""Curves and tables as figures."""

from pathlib import Path

import numpy as np
import pandas as pd

from galvote.figures.style import COLOURS, REST_COLOUR, cluster_style, figure, plain

QUALITIES = {  # what a history may have: its name, and that of the loss beside it
    "psnr": ("PSNR of validation galaxies (dB)", "mean squared error"),
    "validation_accuracy": ("accuracy of validation galaxies", "cross entropy"),
    "found_again": ("galaxies found by another image", "contrastive loss"),
    "nmi_with_before": ("NMI with the clusters before", "cross entropy"),
}


def plot_training(history: pd.DataFrame, path: str | Path) -> None:
    """Plot losses, and a measure of the quality, over the steps.

    Parameters
    ----------
    history : of `networks.training.train`, with one of `QUALITIES`.
    """
    kept = history["step"][history["kept"]].iloc[-1]
    (measure,) = [name for name in QUALITIES if name in history]
    label, error = QUALITIES[measure]
    with figure(path, width=9, height=3.6) as drawing:
        loss, quality = drawing.subplots(1, 2)
        losses = {"training": "train_loss", "validation": "validation_loss"}
        for i, (name, column) in enumerate(losses.items()):
            if column in history:
                loss.plot(history["step"], history[column], label=name, c=COLOURS[i])
        loss.set(yscale="log", xlabel="step", ylabel=error)
        loss.axvline(kept, c=REST_COLOUR, ls="--", label="kept")
        loss.legend()
        quality.plot(history["step"], history[measure], c=COLOURS[2])
        quality.axvline(kept, c=REST_COLOUR, ls="--")
        quality.set(xlabel="step", ylabel=label)
        if measure != "psnr":
            quality.set_ylim(0.0, 1.02)  # few galaxies make large steps


def plot_elbow(scree: pd.DataFrame, path: str | Path) -> None:
    """Plot scree, cumulative variance and neighbour ratio with the kept dimension."""
    kept = int(scree["kept"].sum())
    panels = (
        ("variance_share", "share of the variance", "log"),
        ("cumulative", "cumulative share", "linear"),
        ("neighbour_ratio", "singular value / next one", "linear"),
    )
    with figure(path, width=12, height=3.8) as drawing:
        for axes, (column, label, scale) in zip(
            drawing.subplots(1, 3), panels, strict=True
        ):
            axes.plot(scree["component"], scree[column], ".-", ms=4, c=COLOURS[0])
            axes.axvline(kept, c=COLOURS[5], ls="--", label=f"{kept} kept")
            axes.set(xlabel="component", ylabel=label, xscale="log", yscale=scale)
            axes.legend()


def plot_confusion(table: pd.DataFrame, path: str | Path) -> None:
    """Plot counts (rows are classes, columns clusters) with each column's shares."""
    counts = table.to_numpy()
    shares = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    width = max(5.0, 0.55 * table.shape[1] + 2.5)
    with figure(path, width=width, height=0.5 * len(table) + 2.2) as drawing:
        axes = drawing.subplots()
        shown = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for (i, j), count in np.ndenumerate(counts):
            colour = "black" if shares[i, j] > 0.5 else "white"
            axes.text(j, i, count, ha="center", va="center", color=colour, fontsize=8)
        axes.set_xticks(range(table.shape[1]), table.columns)
        axes.set_yticks(range(len(table)), [plain(name) for name in table.index])
        axes.set(xlabel="cluster", ylabel="true class")
        axes.grid(visible=False)
        drawing.colorbar(shown, label="share of the cluster")


def plot_risk_coverage(
    curves: pd.DataFrame, vote: str, voted_share: float, path: str | Path
) -> None:
    """Plot the accuracy of the surest galaxies against the share kept.

    Parameters
    ----------
    curves : `method`, `share` kept of its galaxies, their `accuracy`.
    vote : method that is drawn as a solid line.
    voted_share : of the vote, marked.
    """
    with figure(path, width=7.5, height=5) as drawing:
        axes = drawing.subplots()
        shown = curves[curves["share"] >= 0.05]
        for i, (method, curve) in enumerate(shown.groupby("method", sort=False)):
            style = "-" if method == vote else ("--", "-.", ":")[i % 3]
            axes.plot(
                curve["share"],
                curve["accuracy"],
                style,
                label=method,
                c=COLOURS[i % len(COLOURS)],
            )
        axes.axvline(voted_share, c=REST_COLOUR, lw=1, label="voted by this run")
        axes.set(xlabel="share of galaxies kept", ylabel="accuracy", xlim=(0, 1))
        axes.legend()


def plot_agreement(
    table: pd.DataFrame, min_agreement: float, voted_share: float, path: str | Path
) -> None:
    """Plot the share of galaxies, and their accuracy, against the agreement asked for.

    Parameters
    ----------
    table : `min_agreement`, `share`, and where labels exist `labelled_share`,
        `accuracy`.
    min_agreement : of the run, marked.
    voted_share : of the same galaxies in the run, marked.
    """
    with figure(path, width=7.5, height=4.5) as drawing:
        axes = drawing.subplots()
        least = table["min_agreement"]
        axes.plot(least, table["share"], label="share of the galaxies", c=COLOURS[0])
        judged = {
            "labelled_share": ("--", "share, clusters named by half of the labels"),
            "accuracy": ("-.", "accuracy of these, on the other half"),
        }
        for (column, (style, label)), colour in zip(
            judged.items(), (COLOURS[4], COLOURS[5]), strict=True
        ):
            if column in table:
                axes.plot(least, table[column], style, label=label, c=colour)
        axes.axvline(min_agreement, c=REST_COLOUR, lw=1, label="this run asks for")
        label = "voted, with the surest of each name"
        axes.axhline(voted_share, c=REST_COLOUR, lw=1, ls=":", label=label)
        axes.set(xlabel="least agreement", ylabel="share", xlim=(0, 1), ylim=(0, 1.02))
        axes.legend(fontsize=9)


def plot_completeness(
    shares: pd.DataFrame, voted_share: float, path: str | Path
) -> None:
    """Plot the voted share against magnitude and size.

    Parameters
    ----------
    shares : `quantity`, `low`, `high`, `middle`, `share`, `error`.
    voted_share : of all galaxies, marked.
    """
    panels = list(shares.groupby("quantity", sort=False))
    with figure(path, width=5.5 * max(len(panels), 1), height=4) as drawing:
        drawn = drawing.subplots(1, max(len(panels), 1), squeeze=False, sharey=True)[0]
        for axes, (quantity, bins) in zip(drawn, panels, strict=False):
            reach = [bins["middle"] - bins["low"], bins["high"] - bins["middle"]]
            axes.errorbar(
                bins["middle"], bins["share"], bins["error"], reach, "o", c=COLOURS[0]
            )
            axes.axhline(voted_share, c=REST_COLOUR, ls=":", label="all galaxies")
            axes.set(xlabel=quantity, ylim=(0, 1.02))
            if (bins["low"] > 0).all() and bins["high"].max() > 30 * bins["low"].min():
                axes.set_xscale("log")
            axes.legend()
        drawn[0].set_ylabel("share voted (error: one sigma)")


def plot_choices(
    table: pd.DataFrame, scree: pd.DataFrame, sentence: str, path: str | Path
) -> None:
    """Plot what came of each number of clusters and of principal components.

    Parameters
    ----------
    table : `k`, `dimensions` and the measures of each choice.
    scree : of the principal components.
    sentence : the recommendation, below.
    """
    panels = {
        "inertia": "mean squared distance to the centre",
        "silhouette": "silhouette",
        "stability": "stability (ARI of bootstraps)",
        "voted_share": "share voted",
        "seconds": "seconds for clusters and vote",
    }
    with figure(path, width=14, height=8.4) as drawing:
        drawn = drawing.subplots(2, 3).flat
        first, drawn = drawn[0], drawn[1:]
        first.plot(scree["component"], scree["variance_share"], ".-", c=COLOURS[0])
        first.set(xscale="log", yscale="log", xlabel="component")
        first.set_ylabel("share of the variance", c=COLOURS[0])
        ratio = first.twinx()
        ratio.plot(scree["component"], scree["neighbour_ratio"], ".-", c=COLOURS[1])
        ratio.set_ylabel("singular value / next one", c=COLOURS[1])
        ratio.grid(visible=False)
        for axes, (column, label) in zip(drawn, panels.items(), strict=True):
            for i, (dimensions, rows) in enumerate(table.groupby("dimensions")):
                style = cluster_style(i)
                axes.plot(
                    rows["k"], rows[column], label=f"{dimensions} components", **style
                )
            axes.set(xlabel="number of clusters", ylabel=label)
        drawn[0].legend()
        drawing.supxlabel(sentence, wrap=True, fontsize=11)


def plot_efforts(table: pd.DataFrame, by: str, path: str | Path) -> None:
    """Plot accuracies against the number of labels.

    Parameters
    ----------
    table : `labels`, and `accuracy`, `balanced_accuracy`, each with its lowest
        (`_low`) and highest (`_high`) value over the draws.
    by : column of the names that are compared.
    """
    panels = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy"}
    with figure(path, width=12, height=4.8) as drawing:
        both = drawing.subplots(1, 2)
        for axes, (column, label) in zip(both, panels.items(), strict=True):
            for i, (name, rows) in enumerate(table.groupby(by, sort=False)):
                rows, style = rows.sort_values("labels"), cluster_style(i)
                axes.plot(rows["labels"], rows[column], label=name, ms=5, **style)
                low, high = rows[f"{column}_low"], rows[f"{column}_high"]
                band = {"color": style["color"], "alpha": 0.15, "lw": 0}
                axes.fill_between(rows["labels"], low, high, **band)
            axes.set(xscale="log", xlabel="labels that teach", ylabel=label)
            counts = sorted(set(table["labels"]))
            axes.set_xticks(counts, counts)
            axes.minorticks_off()
        if len(table):  # else too few galaxies have labels
            lines = both[0].get_legend_handles_labels()
            drawing.legend(*lines, loc="outside right upper", fontsize=8)


def plot_guesses(table: pd.DataFrame, path: str | Path) -> None:
    """Plot accuracy and share of the sure guesses of each class, a row a method.

    Parameters
    ----------
    table : `method`, `epoch`, `class`, `sure`, `accuracy_of_sure`.
    """
    panels = {
        "accuracy_of_sure": "accuracy of sure guesses",
        "sure": "share guessed surely",
    }
    methods = list(table.groupby("method", sort=False))
    with figure(path, width=10.5, height=3.6 * max(len(methods), 1)) as drawing:
        axes = drawing.subplots(max(len(methods), 1), 2, squeeze=False)
        for row, (method, part) in zip(axes, methods, strict=False):
            for place, (column, label) in zip(row, panels.items(), strict=True):
                for i, (name, rows) in enumerate(part.groupby("class", sort=False)):
                    style = cluster_style(i)
                    place.plot(rows["epoch"], rows[column], label=plain(name), **style)
                place.set(xlabel="epoch", ylabel=label, ylim=(-0.02, 1.02))
                place.set_title(plain(method), fontsize=10)
        if len(methods):
            axes[0, 0].legend(fontsize=8, title="true class")
