"""Reject lists: what could not be used, and why."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

REJECT_COLUMNS = ["source", "id", "stage", "reason", "ra", "dec"]


def reject_row(
    source: str,
    id_: str,
    stage: str,
    reason: str,
    ra: float | str = "",
    dec: float | str = "",
) -> dict[str, str | float]:
    """Return one row of a reject list.

    Parameters
    ----------
    source : name of the source in the config.
    id_ : of the galaxy, image, frame or row of a table that cannot be used; the
        source's name where the whole source cannot.
    stage : name of the rule that rejects it.
    reason : why it cannot be used.
    ra, dec : its position (deg, ICRS); empty where it has none.
    """
    return dict(zip(REJECT_COLUMNS, (source, id_, stage, reason, ra, dec), strict=True))


def reject_table(rows: Iterable[dict]) -> pd.DataFrame:
    """Make a reject list of rows from `reject_row`, all as text."""
    table = pd.DataFrame(list(rows), columns=REJECT_COLUMNS)
    return table.astype(object).where(table.notna(), "").astype(str)


def read_rejects(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Join reject lists written by `write_table` in the order given."""
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    return pd.concat([reject_table([]), *tables], ignore_index=True)


def join_rejects(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join reject lists."""
    return pd.concat(tables, ignore_index=True)
