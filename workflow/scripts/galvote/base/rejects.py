"""Reject lists: what could not be used, and why."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

REJECT_COLUMNS = ["source", "id", "stage", "reason", "ra", "dec"]


def reject_table(rows: Iterable[dict]) -> pd.DataFrame:
    """Return rejects (`source`, `id`, `stage`, `reason`, `ra`, `dec`), all as text."""
    table = pd.DataFrame(list(rows), columns=REJECT_COLUMNS)
    return table.astype(object).where(table.notna(), "").astype(str)


def read_rejects(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Join reject lists written by `write_table` in the order given."""
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    return pd.concat([reject_table([]), *tables], ignore_index=True)


def join_rejects(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join reject lists."""
    return pd.concat(tables, ignore_index=True)
