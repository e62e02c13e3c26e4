"""Rows of the catalogue: a galaxy each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.rejects import reject_row, reject_table
from galvote.catalog.flags import FLAG_REASONS, Flag

PATH_COLUMNS = ["image_path", "mask_path", "weight_path", "rms_path", "psf_path"]
FRAME_COLUMNS = ["frame", "file"]  # of sources whose frames are in many files
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
    "signal_to_noise",
    "star_probability",
    "segment",
    "n_neighbours",
    "flags",
]


def empty_rows() -> pd.DataFrame:
    """Return a table of no galaxies."""
    texts = dict.fromkeys(("id", "source", "hdu"), str)
    whole = dict.fromkeys(("segment", "n_neighbours", "flags"), np.int32)
    numbers = dict.fromkeys(GALAXY_COLUMNS, np.float64)
    return pd.DataFrame(columns=GALAXY_COLUMNS).astype(numbers | texts | whole)


def split_rejects(
    rows: pd.DataFrame, reject: Sequence[str], largest_radius: float = np.inf
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the detections that cannot be used out of the rows of one source.

    Parameters
    ----------
    rows : catalogue rows.
    reject : names of the flags (lower case) that rule a detection out.
    largest_radius : px; a cutout of a larger galaxy would fill the memory.

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
    large = rows["radius"] > largest_radius
    reasons[(reasons == "") & large] = (
        f"has a radius of more than {largest_radius:.0f} px, too large for a cutout"
    )
    reasons[(reasons == "") & rows["id"].duplicated()] = "lies on another source"
    bad = reasons != ""
    rejects = reject_table(
        reject_row(row.source, row.id, "detect", reasons[row.Index], row.ra, row.dec)
        for row in rows[bad].itertuples()
    )
    return rows[~bad].reset_index(drop=True), rejects


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
