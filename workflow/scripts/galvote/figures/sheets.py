"""Contact sheets: galaxies side by side, for people to look at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.reasons import NO_PART
from galvote.figures.style import figure, plain

Read = Callable[[str, str], np.ndarray]
VIEWS = ("cutouts", "denoised", "polar")
OVERVIEW_MEMBERS = 10
# reasons of galaxies in rest, in words for many
NO_AGREEMENT = {
    "disagreement": "without agreement",
    "tie": "between two clusters",
    "noise": "without votes",
}
GAP = 0.06  # between images, in their width
CAPTION_HEIGHT = 0.3  # inches
UNDER_HEIGHT = 0.12  # inches, of the words under an image
MOST_UNDER = 20  # characters that fit there; ids differ at their end
RESIDUAL_GAIN = 4.0


def montage(images: list[np.ndarray], places: int) -> np.ndarray:
    """Put images of one shape in a row on white.

    Parameters
    ----------
    images : at most `places`, at least one, uint8 (ny, nx, n_channels).
    places : width of the row in images.

    Returns
    -------
    uint8 (ny, width, 3).
    """
    ny, nx = images[0].shape[:2]
    step = nx + max(1, round(GAP * nx))
    row = np.full((ny, places * step, 3), 255, dtype=np.uint8)
    for i, image in enumerate(images):
        row[:, i * step : i * step + nx] = image
    return row


def draw_page(
    title: str,
    rows: dict[str, list[np.ndarray]],
    places: int,
    path: str | Path,
    under: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Draw rows of images with captions on one page.

    Parameters
    ----------
    title : headline.
    rows : caption -> images of one shape.
    places : images in a full row.
    under : caption -> what stands under each image, such as its id.
    """
    pictures = [montage(images, places) for images in rows.values()]
    width = 1.15 * places
    extra = CAPTION_HEIGHT if under is None else CAPTION_HEIGHT + UNDER_HEIGHT
    heights = [width * p.shape[0] / p.shape[1] + extra for p in pictures]
    with figure(path, width=width, height=sum(heights) + 0.6) as drawing:
        drawing.suptitle(plain(title), fontsize=13)
        grid = {"height_ratios": heights}
        axes = drawing.subplots(len(rows), 1, squeeze=False, gridspec_kw=grid)[:, 0]
        for place, caption, picture in zip(axes, rows, pictures, strict=True):
            place.imshow(picture)
            place.set_title(plain(caption), loc="left", fontsize=9, pad=3)
            place.axis("off")
            step = picture.shape[1] / places
            for i, words in enumerate(under[caption] if under else ()):
                style = {"ha": "center", "va": "top", "fontsize": 6}
                middle = (i + 0.5 / (1.0 + GAP)) * step
                shown = plain(words[-MOST_UNDER:])
                place.text(middle, picture.shape[0], shown, **style)


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
    rows = {
        f"{group}: {view}": [read(view, id_) for id_ in ids]
        for group, ids in groups.items()
        for view in VIEWS
    }
    draw_page(title, rows, places, path)


def headline(votes: pd.DataFrame, clusters: Iterable[int]) -> str:
    """Say how many galaxies are voted into how many clusters, and where nobody is.

    Parameters
    ----------
    votes : `cluster` (-1 for rest), `name` and `reason`, a row a galaxy.
    clusters : that could be voted into, with repetitions; -1 does not count.
    """
    voted = votes["cluster"] >= 0
    took_part = ~votes["reason"].isin(list(NO_PART))
    into = votes.loc[voted, ["cluster", "name"]].nunique()
    title = f"{voted.sum()} of {took_part.sum()} galaxies that could be clustered voted"
    title += f" into {into['cluster']} clusters"
    if into["name"] < into["cluster"]:
        title += f" of {into['name']} names"
    empty = sorted(set(clusters) - set(votes["cluster"]) - {-1})
    title += f", none into {', '.join(map(str, empty))}" if empty else ""
    aside = reasons_in_words(votes.loc[~took_part, "reason"])
    return title + (f";\n{aside} took no part" if aside else "")


def reasons_in_words(reasons: pd.Series) -> str:
    """Count why galaxies are in rest: `3 without agreement, 2 unresolved`."""
    found = reasons.value_counts()
    words = {**NO_AGREEMENT, **NO_PART}
    return ", ".join(f"{found[r]} {words[r]}" for r in words if r in found)


def draw_overview(
    members: dict[str, list[str]], read: Read, title: str, path: str | Path
) -> None:
    """Draw all clusters on one page, a row of random members each."""
    rows = {
        caption: [read("cutouts", id_) for id_ in ids]
        for caption, ids in members.items()
    }
    draw_page(title, rows, OVERVIEW_MEMBERS, path)


def draw_denoising(ids: list[str], read: Read, path: str | Path) -> None:
    """Draw galaxies before and after denoising, and what was taken away.

    The residual is shown around middle grey, `RESIDUAL_GAIN` times as strong.
    """
    before = [read("cutouts", id_) for id_ in ids]
    after = [read("denoised", id_) for id_ in ids]
    residual = [
        np.clip(127.5 + RESIDUAL_GAIN * (b.astype(float) - a), 0, 255).astype(np.uint8)
        for b, a in zip(before, after, strict=True)
    ]
    gained = f"original - denoised, {RESIDUAL_GAIN:g} times as strong"
    rows = {"original": before, "denoised": after, gained: residual}
    draw_page("Denoising", rows, len(ids), path)
