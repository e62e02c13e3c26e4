"""Shards: contiguous blocks of the catalogue, a job each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.rejects import read_rejects


def shard_of(catalog: pd.DataFrame, index: int, count: int) -> pd.DataFrame:
    """Return contiguous block `index` (0-based) of `count` blocks of the catalogue."""
    edges = np.linspace(0, len(catalog), count + 1).round().astype(int)
    return catalog.iloc[edges[index] : edges[index + 1]].reset_index(drop=True)


def read_shard(
    path: str | Path, shard: str, rejects: Sequence[str | Path] = ()
) -> pd.DataFrame:
    """Read the catalogue's rows of one shard less those in reject lists.

    Parameters
    ----------
    path : catalogue in Parquet.
    shard : "{i}-of-{n}", i counted from 1.
    rejects : reject lists of the stages before.
    """
    index, count = shard.split("-of-")
    rows = shard_of(pd.read_parquet(path), int(index) - 1, int(count))
    return rows[~rows["id"].isin(read_rejects(rejects)["id"])].reset_index(drop=True)


def folders_of(ids: pd.Series, folders: Sequence[str]) -> dict[str, str]:
    """Return the folder of each galaxy.

    Parameters
    ----------
    ids : of the catalogue, in its order.
    folders : one a shard, in order.
    """
    table = ids.to_frame("id")
    return {
        id_: folder
        for i, folder in enumerate(folders)
        for id_ in shard_of(table, i, len(folders))["id"]
    }
