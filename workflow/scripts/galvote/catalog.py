"""The catalogue of galaxies: its columns, flags and ids."""

from collections.abc import Sequence
from enum import IntFlag

import numpy as np
import pandas as pd

from galvote.errors import InputError
from galvote.tables import reject_table

GALAXY_COLUMNS = [
    "id",
    "source",
    "hdu",
    "x",
    "y",
    "ra",
    "dec",
    "radius",
    "flux",
    "axis_ratio",
    "position_angle",
    "fwhm",
    "segment",
    "n_neighbours",
    "flags",
]


class Flag(IntFlag):
    """Bits of the catalogue's column `flags`."""

    EDGE = 1
    BLENDED = 2
    UNRESOLVED = 4
    SATURATED = 8
    SPIKE = 16


FLAG_REASONS = {
    Flag.EDGE: "reaches over the image's edge",
    Flag.BLENDED: "was taken apart from a neighbour",
    Flag.UNRESOLVED: "is not larger than the PSF",
    Flag.SATURATED: "is saturated",
    Flag.SPIKE: "looks like the diffraction spike of a saturated star",
}


def split_rejects(
    rows: pd.DataFrame, reject: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the sources that cannot be used out of the rows of one source.

    Parameters
    ----------
    rows : catalogue rows.
    reject : names of the flags (lower case) that rule a source out.

    Returns
    -------
    kept rows and the rejects with their reasons.
    """
    reasons = pd.Series("", index=rows.index)
    for name in reject:
        flag = Flag[name.upper()]
        reasons[(reasons == "") & (rows["flags"] & flag.value != 0)] = FLAG_REASONS[
            flag
        ]
    unmeasured = rows["flux"].notna() & ~(rows["radius"] > 0)
    reasons[(reasons == "") & unmeasured] = "has no measurable radius"
    reasons[(reasons == "") & rows["id"].duplicated()] = "lies on another source"
    bad = reasons != ""
    rejects = reject_table(
        {"source": source, "id": id_, "stage": "detect_sources", "reason": reason}
        for source, id_, reason in zip(
            rows["source"][bad], rows["id"][bad], reasons[bad], strict=True
        )
    )
    return rows[~bad].reset_index(drop=True), rejects


def merge_sources(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join the sources' rows, sorted by id.

    Columns that only some sources have are empty for the others.

    Raises
    ------
    InputError
        Where no galaxy is left.
    """
    galaxies = pd.concat(tables, ignore_index=True)
    if galaxies.empty:
        raise InputError(
            "no galaxy was found in any source; lower `detection.threshold` or"
            " `detection.min_area` for frames, and look into sources/*.rejects.csv of"
            " the run for the reasons"
        )
    return galaxies.sort_values("id", ignore_index=True)


def add_magnitudes(
    galaxies: pd.DataFrame, zero_points: dict[str, float | None]
) -> pd.DataFrame:
    """Add the column `mag` after `flux`; NaN without a zero point or a positive flux.

    Parameters
    ----------
    galaxies : with `source` and `flux` (counts).
    zero_points : magnitude of one count, by source.
    """
    zero_point = galaxies["source"].map(zero_points).astype(np.float64)
    bright = galaxies["flux"].where(galaxies["flux"] > 0)
    catalog = galaxies.copy()
    place = catalog.columns.get_loc("flux") + 1
    catalog.insert(place, "mag", zero_point - 2.5 * np.log10(bright))
    return catalog


def add_columns(catalog: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add the columns of tables with `id`, empty for galaxies that are in none.

    A column whose name is taken gets `user_` before it.
    """
    if not tables:
        return catalog
    added = pd.concat(tables).set_index("id")
    while len(taken := added.columns.intersection(catalog.columns)):
        added = added.rename(columns={c: free_name(c, added) for c in taken})
    return catalog.join(added, on="id")


def free_name(column: str, table: pd.DataFrame) -> str:
    """Return `user_<column>`, with as many `user_` as `table` needs."""
    name = f"user_{column}"
    while name in table.columns:
        name = f"user_{name}"
    return name
