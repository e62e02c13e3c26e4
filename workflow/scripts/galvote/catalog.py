"""The catalogue of galaxies: its columns, flags and ids."""

from collections.abc import Sequence
from enum import IntFlag

import pandas as pd

from galvote.errors import InputError
from galvote.tables import reject_table

CATALOG_COLUMNS = [
    "id",
    "source",
    "hdu",
    "x",
    "y",
    "ra",
    "dec",
    "radius",
    "flux",
    "mag",
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
    """Join the sources' rows to the catalogue, sorted by id.

    Columns that only some sources have are empty for the others.

    Raises
    ------
    InputError
        Where no galaxy is left.
    """
    catalog = pd.concat(tables, ignore_index=True)
    if catalog.empty:
        raise InputError(
            "no galaxy was found in any source; lower `detection.threshold` or"
            " `detection.min_area` for frames, and look into sources/*.rejects.csv of"
            " the run for the reasons"
        )
    return catalog.sort_values("id", ignore_index=True)
