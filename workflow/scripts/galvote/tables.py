"""Tables, reject lists and files that are written whole or not at all."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

REJECT_COLUMNS = ["source", "id", "stage", "reason", "ra", "dec"]


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` on success."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`; it replaces `path` on success."""
    path = Path(path)
    partial = path.with_name(f".partial-{path.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write `table` without its index, as CSV or Parquet by the name's ending."""
    with whole_file(path) as partial:
        if str(path).endswith(".csv"):
            table.to_csv(partial, index=False)
        else:
            table.to_parquet(partial, index=False)


def write_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write named arrays as .npz; equal arrays give equal bytes."""
    with whole_file(path) as partial, partial.open("wb") as stream:
        np.savez(stream, **arrays)


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file; pickled content is refused."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def reject_table(rows: Iterable[dict]) -> pd.DataFrame:
    """Return rejects (`source`, `id`, `stage`, `reason`, `ra`, `dec`), all as text."""
    table = pd.DataFrame(list(rows), columns=REJECT_COLUMNS)
    return table.astype(object).where(table.notna(), "").astype(str)


def add_sky(table: pd.DataFrame, galaxies: str | Path) -> pd.DataFrame:
    """Add `ra` and `dec` (deg) of the galaxies after the column `id`.

    Parameters
    ----------
    table : with `id`.
    galaxies : the list of galaxies, in Parquet.
    """
    sky = pd.read_parquet(galaxies, columns=["id", "ra", "dec"]).set_index("id")
    placed = table.copy()
    for column in ("dec", "ra"):
        values = table["id"].map(sky[column])
        placed.insert(table.columns.get_loc("id") + 1, column, values)
    return placed


def read_rejects(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Join reject lists written by `write_table` in the order given."""
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    return pd.concat([reject_table([]), *tables], ignore_index=True)


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
