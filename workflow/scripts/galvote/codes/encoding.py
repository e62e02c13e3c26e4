"""Codes of galaxies from their views, and how degradations change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.parallel import in_order
from galvote.base.pngs import Batch, read_batches
from galvote.base.progress import progress
from galvote.codes.degradations import DEGRADATIONS
from galvote.codes.encoder import Encoder


@dataclass
class Encoded:
    """Codes of galaxies.

    Attributes
    ----------
    ids : (n,) text.
    codes : float32 (n, n_views * n_features).
    degraded : ids of those that were encoded degraded, too, (m,) text.
    changes : how that changes their codes, float32
        (m, n_degradations, n_views * n_features).
    rejects : of galaxies whose images cannot be read.
    """

    ids: np.ndarray
    codes: np.ndarray
    degraded: np.ndarray
    changes: np.ndarray
    rejects: list[dict]


def encode_galaxies(
    encoder: Encoder,
    rows: pd.DataFrame,
    folders: Sequence[str | Path],
    layouts: Sequence[str | None],
    sampled: set[str],
    workers: int,
) -> Encoded:
    """Encode galaxies, and some of them degraded, too.

    Parameters
    ----------
    rows : of a catalogue, with `id` and `source`.
    folders : of each view, with `<id>.png`.
    layouts : of each view, see `Encoder.encode`.
    sampled : ids of the galaxies to be encoded degraded, too.
    workers : threads, each with a batch of its own. That is faster than sharing each
        step of the network, and the bytes do not depend on their number.

    Raises
    ------
    InputError
        Where codes are not finite.
    """
    width, size = encoder.n_features * len(layouts), encoder.batch_size
    ids, codes = [np.empty(0, str)], [np.empty((0, width), np.float32)]
    kept, rejects = [[] for _ in layouts], []

    def encode(batch: Batch) -> tuple[Batch, np.ndarray]:
        return batch, encode_views(encoder, batch.images, layouts)

    found = in_order(encode, read_batches(rows, folders, "encode", size), workers)
    for batch, its_codes in progress(found, "encoding", -(-len(rows) // size)):
        rejects += batch.rejects
        if len(batch.ids) == 0:
            continue
        ids.append(batch.ids)
        codes.append(its_codes)
        chosen = np.isin(batch.ids, list(sampled))
        for images, view, layout in zip(kept, batch.images, layouts, strict=True):
            images.extend(view[chosen] if layout is None else [])
    ids, codes = np.concatenate(ids), np.concatenate(codes)
    chosen = np.isin(ids, list(sampled))
    views = [np.array(images) for images in kept]
    changes = encode_changes(
        encoder, views, layouts, ids[chosen], codes[chosen], workers
    )
    _refuse_no_numbers(codes, changes)
    return Encoded(ids, codes, ids[chosen], changes, rejects)


def _refuse_no_numbers(codes: np.ndarray, changes: np.ndarray) -> None:
    """Refuse codes, and changes of them, that are not finite."""
    good = np.isfinite(codes).all(axis=1)
    if not good.all() or not np.isfinite(changes).all():
        raise InputError(
            f"the encoder gives codes that are no finite numbers ({(~good).sum()} of"
            f" {len(codes)} galaxies, or degraded ones); set `codes.dtype: float32`, or"
            " choose another `codes.encoder` or other weights"
        )


def encode_views(
    encoder: Encoder, images: Sequence[np.ndarray], layouts: Sequence[str | None]
) -> np.ndarray:
    """Encode galaxies, each view, and join the views' codes.

    Parameters
    ----------
    images : of each view, uint8 (n, ny, nx, n_channels); none where n is 0.
    layouts : of each view, see `Encoder.encode`.

    Returns
    -------
    float32 (n, n_views * n_features).
    """
    if not images:
        return np.empty((0, encoder.n_features * len(layouts)), np.float32)
    parts = [
        encoder.encode(view, layout)
        for view, layout in zip(images, layouts, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def encode_changes(
    encoder: Encoder,
    images: Sequence[np.ndarray],
    layouts: Sequence[str | None],
    ids: np.ndarray,
    codes: np.ndarray,
    workers: int,
) -> np.ndarray:
    """Return how each of `DEGRADATIONS` changes the codes of galaxies.

    Polar images are left as they are: their part of the codes does not change.

    Parameters
    ----------
    images, layouts : as for `encode_views`, of any number of galaxies; images of polar
        views do not matter.
    ids : of the galaxies, (n,) text.
    codes : of the images as they are, (n, n_views * n_features).
    workers : threads, each with a batch of its own.

    Returns
    -------
    float32 (n, n_degradations, n_views * n_features).
    """
    changes = np.zeros((len(ids), len(DEGRADATIONS), codes.shape[1]), np.float32)
    width, size = encoder.n_features, encoder.batch_size
    kinds = list(DEGRADATIONS.values())
    pairs = np.indices((len(kinds), len(ids))).reshape(2, -1)
    tasks = [
        (view, *pairs[:, start : start + size])
        for view, layout in enumerate(layouts)
        if layout is None
        for start in range(0, pairs.shape[1], size)
    ]

    def encode(task: tuple[int, np.ndarray, np.ndarray]) -> None:
        view, kind, galaxy = task
        parts = [(kinds[one], galaxy[kind == one]) for one in np.unique(kind)]
        moved = encoder.encode(
            np.concatenate([degrade(images[view][p], ids[p]) for degrade, p in parts])
        )
        own = slice(view * width, (view + 1) * width)
        changes[galaxy, kind, own] = moved - codes[galaxy, own]

    for _ in progress(in_order(encode, tasks, workers), "degrading", len(tasks)):
        pass
    return changes
