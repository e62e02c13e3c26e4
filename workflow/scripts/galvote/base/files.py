"""Files that are written whole or not at all: tables, arrays, folders."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd


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


def read_table(path: str | Path, text: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV that `write_table` wrote; only empty cells are taken for missing.

    Parameters
    ----------
    text : columns of names, which may look like numbers or like nothing ("NA", "nan").
    """
    kept = dict.fromkeys(text, str)
    return pd.read_csv(path, dtype=kept, keep_default_na=False, na_values=[""])


def write_json(value: object, path: str | Path) -> None:
    """Write what JSON can hold, keys sorted."""
    with whole_file(path) as partial:
        partial.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write named arrays as .npz; equal arrays give equal bytes."""
    with whole_file(path) as partial, partial.open("wb") as stream:
        np.savez(stream, **arrays)


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file; pickled content is refused."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
