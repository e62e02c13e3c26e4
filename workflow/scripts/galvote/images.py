"""Folders of PNG images, one per galaxy, read and written by id."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from galvote.tables import reject_table, shard_of


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
    images: list[np.ndarray] = []
    keep, rejects = [], []
    for row in rows.itertuples():
        try:
            image = read_image(Path(folder) / f"{row.id}.png")
            if images and image.shape != images[0].shape:
                raise ValueError(f"its shape is {image.shape}, not {images[0].shape}")
            images.append(image)
            keep.append(row.Index)
        except (OSError, ValueError) as error:
            reason = f"its image cannot be read: {error}"
            rejects.append(
                {"source": row.source, "id": row.id, "stage": stage, "reason": reason}
            )
    stacked = np.stack(images) if images else np.zeros((0, 1, 1, 1), dtype=np.uint8)
    return stacked, rows.loc[keep].reset_index(drop=True), reject_table(rejects)


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


def images_of_shards(galaxies: pd.DataFrame, folders: Sequence[str]) -> np.ndarray:
    """Read all images of galaxies whose shards lie in `folders`, in their order.

    Images that cannot be read are left out: the stages by shard reject them.
    """
    parts = [
        read_images(shard_of(galaxies, i, len(folders)), folder, "")[0]
        for i, folder in enumerate(folders)
    ]
    return np.concatenate([part for part in parts if len(part)] or parts[:1])
