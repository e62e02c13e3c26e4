"""Contact sheets: galaxies side by side, for people to look at."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from galvote.figures import figure

Read = Callable[[str, str], np.ndarray]
VIEWS = ("cutouts", "denoised", "polar")
OVERVIEW_MEMBERS = 10


def draw_row(part: Figure, images: list[np.ndarray], places: int, title: str) -> None:
    """Draw images (uint8 (ny, nx, n_channels)) in a row of `places`, under a title."""
    part.suptitle(title, fontsize=9, x=0.01, ha="left")
    for axes, image in zip(
        np.atleast_1d(part.subplots(1, places)), images + [None] * places, strict=False
    ):
        axes.axis("off")
        if image is not None:
            shown = image if image.shape[2] == 3 else image[:, :, 0]
            axes.imshow(shown, cmap="gray", vmin=0, vmax=255, aspect="equal")


def choose_members(
    ids: np.ndarray, certainty: np.ndarray, count: int, rng: np.random.Generator
) -> dict[str, list[str]]:
    """Choose random, most and least certain members of a cluster.

    Parameters
    ----------
    ids : (n,), sorted.
    certainty : (n,), larger is surer.
    """
    order = np.argsort(-certainty, kind="stable")
    some = np.sort(rng.permutation(len(ids))[:count])
    return {
        "random members": ids[some].tolist(),
        "most certain": ids[order[:count]].tolist(),
        "least certain": ids[order[::-1][:count]].tolist(),
    }


def draw_cluster_sheet(
    title: str, groups: dict[str, list[str]], read: Read, places: int, path: str | Path
) -> None:
    """Draw one cluster: each group of members as cutouts, denoised and polar.

    Parameters
    ----------
    title : headline.
    groups : name of the group -> ids.
    read : gives the image of (view, id).
    places : members in a row.
    """
    rows = [(group, view) for group in groups for view in VIEWS]
    with figure(path, width=1.15 * places, height=1.3 * len(rows) + 0.5) as drawing:
        drawing.suptitle(title, fontsize=13)
        parts = drawing.subfigures(len(rows), 1)
        for part, (group, view) in zip(parts, rows, strict=True):
            images = [read(view, id_) for id_ in groups[group]]
            draw_row(part, images, places, f"{group}: {view}")


def draw_overview(
    members: dict[str, list[str]], read: Read, sentence: str, path: str | Path
) -> None:
    """Draw all clusters on one page, a row of random members each."""
    with figure(
        path, width=1.1 * OVERVIEW_MEMBERS, height=1.32 * len(members) + 0.6
    ) as drawing:
        drawing.suptitle(sentence, fontsize=13)
        parts = np.atleast_1d(drawing.subfigures(len(members), 1))
        for part, (title, ids) in zip(parts, members.items(), strict=True):
            images = [read("cutouts", id_) for id_ in ids]
            draw_row(part, images, OVERVIEW_MEMBERS, title)


def draw_denoising(ids: list[str], read: Read, path: str | Path) -> None:
    """Draw galaxies before and after denoising, and what was taken away.

    The residual is shown four times enlarged around middle grey.
    """
    before = [read("cutouts", id_) for id_ in ids]
    after = [read("denoised", id_) for id_ in ids]
    residual = [
        np.clip(127.5 + 4.0 * (b.astype(float) - a), 0, 255).astype(np.uint8)
        for b, a in zip(before, after, strict=True)
    ]
    rows = {"original": before, "denoised": after, "residual x 4": residual}
    with figure(path, width=1.15 * len(ids), height=4.3) as drawing:
        parts = drawing.subfigures(len(rows), 1)
        for part, (title, images) in zip(parts, rows.items(), strict=True):
            draw_row(part, images, len(ids), title)
