"""Columns that are added to the galaxies: magnitudes, the user's own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from galvote.inputs.user_tables import free_name, joined


def add_magnitudes(
    galaxies: pd.DataFrame,
    zero_points: dict[str, float | None],
    column: str = "flux",
) -> pd.DataFrame:
    """Add the column `mag` after `flux`; NaN without a zero point or a positive flux.

    Parameters
    ----------
    galaxies : with `source` and a flux (counts).
    zero_points : magnitude of one count, by source.
    column : `flux`, or `flux_<band>` for `mag_<band>`.
    """
    zero_point = galaxies["source"].map(zero_points).astype(np.float64)
    bright = galaxies[column].where(galaxies[column] > 0)
    catalog = galaxies.copy()
    place = catalog.columns.get_loc(column) + 1
    name = column.replace("flux", "mag", 1)
    catalog.insert(place, name, zero_point - 2.5 * np.log10(bright))
    return catalog


def add_columns(catalog: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add the columns of tables with `id`, empty for galaxies that are in none.

    A column whose name is taken gets `user_` before it.
    """
    if not tables:
        return catalog
    added = joined(tables).set_index("id")
    while len(taken := added.columns.intersection(catalog.columns)):
        added = added.rename(columns={c: free_name(c, added) for c in taken})
    return catalog.join(added, on="id")
