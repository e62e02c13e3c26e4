"""Tables that users bring: CSV, ECSV, FITS, VOTable, Parquet."""

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.file_names import COMPRESSED, split_hdu
from galvote.inputs.text_tables import (
    first_lines,
    is_sextractor,
    numbered,
    opened,
    read_text,
)

FITS = {".fits", ".fit", ".fts", *COMPRESSED}
VOTABLE = {".vot", ".votable", ".xml"}
PACKED = {".gz", ".bz2"}  # may hold a table of any format
TEXT = {".csv", ".txt", ".tsv", ".tab", ".dat", ".cat", ".asc", ""}
STARTS = {  # of files whose names may say something else
    b"SIMPLE  =": "fits",
    b"PAR1": "parquet",
    b"# %ECSV": "ecsv",
    b"<?xml": "votable",
    b"<VOTABLE": "votable",
}
LARGEST_EXACT = 2**53  # whole number that a float holds
WHOLE = r"-?(0|[1-9]\d{0,17})"
LONG = r"[-+]?\d{16,}"  # more digits than a float holds


def read_user_table(spec: str | Path, wanted: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table; cells of CSV stay text, empty ones are empty text.

    Columns that hold arrays are left out, and blanks around text. The format is what
    the file begins with, or else what its name says. Of several tables in a FITS file
    the first with the wanted columns is taken.

    Parameters
    ----------
    spec : path, with the HDU in brackets where a FITS file has more than one table.
    wanted : columns that are needed.

    Returns
    -------
    the table; its `attrs` have `units` and `ucds` by column, where there are any, and
    `notes`, what was guessed in reading it.

    Raises
    ------
    InputError
        Where it is no table, or has no rows.
    """
    name, hdu = split_hdu(str(spec))
    path = Path(name)
    kind = "text"
    try:
        kind = table_kind(path)
        table = _table_from(path, kind, hdu, wanted)
        table.columns = table.columns.map(lambda name: str(name).strip())
        if twice := list(numbered(table.columns.tolist())):
            raise ValueError(f"two of its columns are called {twice[0]}")
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        if isinstance(error, UnicodeDecodeError):
            reason = f"it is not in UTF-8, save it so ({reason})"
        what = "a CSV table" if kind == "text" else "a table"
        raise InputError(f"{path} cannot be read as {what}: {reason}") from None
    if table.empty:
        raise InputError(f"the table {path} has no rows; list one galaxy a row")
    about = table.attrs
    arrays = [name for name in table if _holds_arrays(table[name])]
    table = table.drop(columns=arrays).apply(_stripped)
    table.attrs = about
    return table


def table_kind(path: Path) -> str:
    """Tell the format of a table by its first bytes, or else by its name."""
    suffix = path.suffix.lower()
    if suffix in PACKED:
        suffix = Path(path.stem).suffix.lower() or suffix
    try:
        with opened(path) as stream:
            start = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:  # not packed as its name says
        start = b""
    for mark, kind in STARTS.items():
        if start.startswith(mark):
            return kind
    if suffix in FITS:
        return "fits"
    if suffix in VOTABLE:
        return "votable"
    return {".parquet": "parquet", ".ecsv": "ecsv"}.get(suffix, "text")


def _table_from(
    path: Path, kind: str, hdu: int | str | None, wanted: Sequence[str]
) -> pd.DataFrame:
    if kind == "parquet":
        table = pd.read_parquet(path).reset_index(drop=True)
        table.attrs = {}
        return table
    if kind == "fits":
        return _from_fits(path, hdu, wanted)
    if kind == "text":
        if is_sextractor(first_lines(path)):
            table = _from_astropy(path, format="ascii.sextractor")
            table.attrs["notes"] = [f"{path} was read as SExtractor's ASCII_HEAD"]
            return table
        table, separator = read_text(path)
        if separator != "commas":
            table.attrs["notes"] = [f"{path} was read as separated by {separator}"]
        return table
    return _from_astropy(path, format="votable" if kind == "votable" else "ascii.ecsv")


def _from_fits(
    path: Path, hdu: int | str | None, wanted: Sequence[str]
) -> pd.DataFrame:
    """Read a table of a FITS file: the one named, or that with the wanted columns."""
    from astropy.io import fits

    with fits.open(path) as hdus:
        tables = [h for h in hdus if isinstance(h, fits.BinTableHDU | fits.TableHDU)]
        tables = [h for h in tables if not isinstance(h, fits.CompImageHDU)]
        if not tables:
            raise ValueError("it holds no table")
        having = [h for h in tables if set(wanted) <= set(h.columns.names)]
        largest = max(tables, key=lambda table: len(table.data))
        taken = hdus[hdu] if hdu is not None else (having or [largest])[0]
        number, header = hdus.index_of(taken), taken.header
        ucds = {
            header[f"TTYPE{card[4:]}"]: str(header[card])
            for card in header["TUCD*"]
            if f"TTYPE{card[4:]}" in header
        }
    table = _from_astropy(path, format="fits", hdu=number)
    table.attrs["ucds"] = ucds | table.attrs["ucds"]
    if hdu is None and len(tables) > 1:
        table.attrs["notes"] = [
            f"of {len(tables)} tables in {path} that in HDU {number} was taken;"
            f" {path}[{number}] names it"
        ]
    return table


def _stripped(column: pd.Series) -> pd.Series:
    """Take the blanks around text away."""
    if pd.api.types.is_numeric_dtype(column) or column.dtype.kind in "mMb":
        return column
    return column.map(lambda c: c.strip() if isinstance(c, str) else c)


def _holds_arrays(column: pd.Series) -> bool:
    kinds = (np.ndarray, list, tuple, dict)
    return column.dtype == object and any(isinstance(c, kinds) for c in column)


def _from_astropy(path: Path, **options: object) -> pd.DataFrame:
    from astropy.table import Table
    from astropy.units import UnitsWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitsWarning)  # we know more units than FITS
        table = Table.read(path, **options)
    flat = [name for name in table.colnames if table[name].ndim == 1]
    frame = table[flat].to_pandas(index=False)
    frame = frame.apply(lambda c: c.map(_decoded) if c.dtype == object else c)
    about = {name: table[name].info for name in flat}
    frame.attrs = {
        "units": {name: str(one.unit) for name, one in about.items() if one.unit},
        "ucds": {
            name: str(one.meta["ucd"])
            for name, one in about.items()
            if one.meta and one.meta.get("ucd")
        },
        "notes": [],
    }
    return frame


def table_digest(table: pd.DataFrame) -> str:
    """Return a digest of a table's cells and the names of its columns."""
    text = table.apply(as_text)
    rows = [text.columns.tolist(), *text.to_numpy().tolist()]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def as_text(column: pd.Series) -> pd.Series:
    """Return cells as text, empty where there is no value."""
    if column.dtype == object:
        column = column.map(_decoded)
    return column.astype("string").fillna("").astype(str)


def _decoded(cell: object) -> object:
    return cell.decode(errors="backslashreplace") if isinstance(cell, bytes) else cell


def as_numbers(column: pd.Series) -> pd.Series:
    """Return cells as float64, NaN where one is no finite number."""
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    return values.where(np.isfinite(values))


def typed(column: pd.Series) -> pd.Series:
    """Return a column as numbers, whole numbers, truth values or else text.

    Text becomes numbers where each cell is one. Whole numbers keep their digits, with
    empty cells, too (object ids of surveys do not fit a float); what begins with a
    zero, as a catalogue number may, stays text.
    """
    if pd.api.types.is_bool_dtype(column):
        return column.astype("boolean")
    if pd.api.types.is_integer_dtype(column):
        small = column.isna().all() or column.max() <= np.iinfo(np.int64).max
        return column.astype("Int64") if small else as_text(column)
    if pd.api.types.is_float_dtype(column):
        return column.astype(np.float64)
    text = as_text(column)
    filled = text[text != ""]
    if len(filled) == 0:
        return text
    if text.str.fullmatch(f"({WHOLE})?").all():
        return text.where(text != "", None).astype("Int64")
    numbers = pd.to_numeric(filled, errors="coerce")
    coded = filled.str.contains(r"^[-+]?0\d") | filled.str.fullmatch(LONG)
    if numbers.isna().any() or coded.any():
        return text
    return pd.to_numeric(text, errors="coerce").astype(np.float64)


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of `typed` columns below each other.

    A column that has numbers in one and something else in another becomes text, and so
    do whole numbers too long for the floats of another.
    """
    kinds: dict[str, set] = {}
    for table in tables:
        for name, column in table.items():
            kinds.setdefault(name, set()).add(str(column.dtype))
    as_one = [table.copy() for table in tables]
    for name, types in kinds.items():
        if len(types) < 2:
            continue
        having = [table for table in as_one if name in table]
        floats = types == {"Int64", "float64"} and all(
            table[name].abs().max() <= LARGEST_EXACT
            for table in having
            if table[name].dtype == "Int64" and table[name].notna().any()
        )
        for table in having:
            cells = table[name]
            table[name] = cells.astype(np.float64) if floats else as_text(cells)
    return pd.concat(as_one, ignore_index=True)


def free_name(column: str, table: pd.DataFrame) -> str:
    """Return `user_<column>`, with as many `user_` as `table` needs."""
    name = f"user_{column}"
    while name in table.columns:
        name = f"user_{name}"
    return name


def own_columns(table: pd.DataFrame, ids: pd.Series, left_out: list) -> pd.DataFrame:
    """Return the user's own columns of a table by `id`: numbers where they are."""
    rows = table.drop(columns=[c for c in left_out if c in table])
    rows = rows.apply(typed).rename(columns={"id": free_name("id", rows)})
    rows.insert(0, "id", ids)
    rows.attrs = {}  # of the table that was read
    return rows.drop_duplicates("id", ignore_index=True)
