"""The catalogue for other programs: FITS for TOPCAT, regions for DS9."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.table import MaskedColumn, Table

from galvote.base.files import whole_file
from galvote.catalog.flags import Flag
from galvote.inputs.ids import frame_keys, place_name
from galvote.inputs.user_tables import as_text

REGION_COLOURS = [  # of DS9, by the first flag that a galaxy has
    (Flag.STAR, "yellow"),
    (Flag.UNRESOLVED, "magenta"),
    (Flag.UNDETECTED, "red"),
    (Flag(0), "green"),
]
LONGEST_NAME = 60  # of a column; FITS leaves 68 characters
MOST_COLUMNS = 999
NO_NUMBER = np.iinfo(np.int64).min
UNITS = {
    "x": "pixel",
    "y": "pixel",
    "radius": "pixel",
    "fwhm": "pixel",
    "ra": "deg",
    "dec": "deg",
    "position_angle": "deg",
    "mag": "mag",
    "flux": "count",
}
DS9_HEAD = "# Region file format: DS9 version 4.1\nglobal color=green\n"


def write_fits(
    catalog: pd.DataFrame, path: str | Path, bands: Sequence[str] = ()
) -> None:
    """Write the catalogue as a FITS binary table with units.

    FITS knows names of columns in ASCII only, without regard to case, and not more than
    999 of them: the last ones are left out.

    Parameters
    ----------
    catalog : from `catalog.parquet`.
    path : of the file.
    bands : whose columns are `flux_<band>` and `mag_<band>`.
    """
    in_bands = {
        f"{key}_{band}": UNITS[key] for band in bands for key in ("flux", "mag")
    }
    table, taken = Table(), set()
    for name, column in catalog.iloc[:, :MOST_COLUMNS].items():
        plain = re.sub(r"[^ -~]", "_", name)[:LONGEST_NAME]
        while plain.lower() in taken:
            plain += "_"
        taken.add(plain.lower())
        table[plain] = _plain(column)
    for name in table.colnames:
        unit = (UNITS | in_bands).get(name)
        if unit and table[name].dtype.kind == "f":
            table[name].unit = unit
    with whole_file(path) as partial:
        table.write(partial, format="fits", overwrite=True)


def _plain(column: pd.Series) -> np.ndarray:
    """Return a column as FITS tables can hold it: text in ASCII."""
    if column.dtype == "Int64":
        numbers = column.fillna(0).to_numpy(np.int64)
        return MaskedColumn(numbers, mask=column.isna(), fill_value=NO_NUMBER)
    if column.dtype.kind in "biuf" and column.dtype != "boolean":
        return column.to_numpy()
    text = as_text(column)
    return np.array([cell.encode("ascii", "replace") for cell in text])


def write_regions(catalog: pd.DataFrame, folder: Path) -> None:
    """Write a DS9 region file for each frame: an ellipse a galaxy, named by its id.

    Ellipses have the semi-major axis `radius`. Positions are pixels counted from 1, as
    DS9 does. Galaxies with images of their own have none.
    """
    framed = catalog[catalog["radius"].notna() & ~_has_own_image(catalog)]
    for (source, key), rows in framed.groupby(["source", frame_keys(framed)]):
        lines = [
            f"ellipse({row.x + 1:.2f},{row.y + 1:.2f},{row.radius:.2f},"
            f"{row.radius * row.axis_ratio:.2f},{row.position_angle:.1f})"
            f" # color={_colour(row.flags)} text={{{row.id}}}\n"
            for row in rows.itertuples()
        ]
        name = f"{place_name(source, key)}.reg"
        text = DS9_HEAD + "image\n" + "".join(lines)
        (folder / name).write_text(text, encoding="utf-8")


def _has_own_image(catalog: pd.DataFrame) -> pd.Series:
    if "image_path" not in catalog:
        return pd.Series(False, index=catalog.index)
    return catalog["image_path"] != ""


def _colour(flags: int) -> str:
    return next(c for flag, c in REGION_COLOURS if flag == 0 or flags & flag.value)
