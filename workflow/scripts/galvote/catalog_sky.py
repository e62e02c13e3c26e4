"""Places of galaxies on the sky, for tables."""

from pathlib import Path

import pandas as pd


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
