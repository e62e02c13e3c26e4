"""Folders of PNG images, one per galaxy, read and written by id."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from galvote.base.parallel import in_order
from galvote.base.rejects import reject_row, reject_table
from galvote.base.shards import shard_of

READ_BATCH = 256  # images


@dataclass
class Batch:
    """Images of some galaxies.

    Attributes
    ----------
    ids : (n,) text.
    images : of each folder, uint8 (n, ny, nx, n_channels); none where n is 0.
    rejects : of galaxies whose images cannot be read.
    """

    ids: np.ndarray
    images: list[np.ndarray]
    rejects: list[dict] = field(default_factory=list)


def write_image(pixels: np.ndarray, folder: str | Path, id_: str) -> None:
    """Write uint8 (ny, nx), (ny, nx, 1) or (ny, nx, 3) as `folder`/`id_`.png."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    Image.fromarray(pixels).save(Path(folder) / f"{id_}.png", compress_level=1)


def read_image(path: str | Path) -> np.ndarray:
    """Read a PNG of this workflow as uint8 (ny, nx, n_channels)."""
    with Image.open(path) as image:
        return np.atleast_3d(np.asarray(image))


def read_images(
    rows: pd.DataFrame, folder: str | Path, stage: str
) -> tuple[np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Read the images of catalogue rows.

    Parameters
    ----------
    rows : with `id` and `source`.
    folder : holds `<id>.png`.
    stage : name of the rule, for the reject list.

    Returns
    -------
    images : uint8 (n, ny, nx, n_channels).
    kept : rows of the images, in the same order.
    rejects : rows whose image is missing, damaged or of another shape.
    """
    ids, rejects = [], []

    def noted() -> Iterator[np.ndarray]:
        for batch in read_batches(rows, [folder], stage, READ_BATCH):
            ids.extend(batch.ids)
            rejects.extend(batch.rejects)
            yield from batch.images

    images = _joined(noted(), len(rows))
    kept = rows[rows["id"].isin(ids)].reset_index(drop=True)
    return images, kept, reject_table(rejects)


def read_batches(
    rows: pd.DataFrame, folders: Sequence[str | Path], stage: str, size: int
) -> Iterator[Batch]:
    """Read images of catalogue rows by batches, the next while one is worked on.

    Parameters
    ----------
    rows : with `id` and `source`.
    folders : each holds `<id>.png`; a galaxy counts if all its images can be read.
    stage : name of the rule, for the reject list.
    size : of a batch, less where images cannot be read.
    """
    shapes: dict[str | Path, tuple] = {}
    some = (rows.iloc[start : start + size] for start in range(0, len(rows), size))
    return in_order(
        lambda part: _read_batch(part, folders, stage, shapes), some, workers=1
    )


def _read_batch(
    rows: pd.DataFrame,
    folders: Sequence[str | Path],
    stage: str,
    shapes: dict[str | Path, tuple],
) -> Batch:
    """Read one batch; `shapes` has those of the first image of each folder."""
    batch, found = Batch(np.empty(0, dtype=str), []), {}
    for row in rows.itertuples():
        try:
            images = [read_image(Path(folder) / f"{row.id}.png") for folder in folders]
            for folder, image in zip(folders, images, strict=True):
                if image.shape != shapes.setdefault(folder, image.shape):
                    raise ValueError(
                        f"its shape is {image.shape}, not {shapes[folder]}"
                    )
            found[row.id] = images
        except (OSError, ValueError, SyntaxError) as error:  # the last by Pillow
            reason = f"its image cannot be read: {error}"
            batch.rejects.append(reject_row(row.source, row.id, stage, reason))
    batch.ids = np.array(list(found), dtype=str)
    batch.images = [np.stack(images) for images in zip(*found.values(), strict=True)]
    return batch


def batches(images: np.ndarray, size: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield slices of `images` and their images, the last batch padded to `size`.

    Full batches make a network's last bits independent of the number of images.
    """
    for start in range(0, len(images), size):
        batch = images[start : start + size]
        part = slice(start, start + len(batch))
        if len(batch) < size:
            padding = [(0, size - len(batch))] + [(0, 0)] * (batch.ndim - 1)
            batch = np.pad(batch, padding, mode="edge")
        yield part, batch


def count_batches(images: np.ndarray, size: int) -> int:
    """Return how many batches `batches` yields."""
    return -(-len(images) // size)


def as_levels(images: np.ndarray) -> np.ndarray:
    """Turn uint8 (n, ny, nx, n_channels) into float32 (n, n_channels, ny, nx), 0..1."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32) / 255.0


def from_levels(levels: np.ndarray) -> np.ndarray:
    """Turn float (n, n_channels, ny, nx) in 0..1 into uint8 (n, ny, nx, n_channels)."""
    scaled = np.clip(levels, 0.0, 1.0) * 255.0
    return np.round(scaled).astype(np.uint8).transpose(0, 2, 3, 1)


def images_of_shards(
    galaxies: pd.DataFrame, folders: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Read all images of galaxies whose shards lie in `folders`, in their order.

    Images that cannot be read are left out: the stages by shard reject them.

    Returns
    -------
    ids : (n,) text.
    images : uint8 (n, ny, nx, n_channels).
    """
    ids: list[str] = []

    def noted() -> Iterator[np.ndarray]:
        for i, folder in enumerate(folders):
            rows = shard_of(galaxies, i, len(folders))
            for batch in read_batches(rows, [folder], "", READ_BATCH):
                ids.extend(batch.ids)
                yield from batch.images

    images = _joined(noted(), len(galaxies))
    return np.array(ids, dtype=str), images


def _joined(parts: Iterable[np.ndarray], most: int) -> np.ndarray:
    """Put uint8 (n, ny, nx, n_channels) behind each other, at most `most` in all.

    Nothing is in memory twice.
    """
    joined, count = np.zeros((0, 1, 1, 1), np.uint8), 0
    for part in parts:
        if count == 0:
            joined = np.empty((most, *part.shape[1:]), np.uint8)
        joined[count : count + len(part)] = part
        count += len(part)
    return joined[:count]
