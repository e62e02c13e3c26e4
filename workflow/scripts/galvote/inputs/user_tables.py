"""Tables that users bring: CSV, ECSV, FITS, VOTable, Parquet."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.file_names import COMPRESSED, split_hdu

FITS = {".fits", ".fit", ".fts", *COMPRESSED}
PLAIN = {".csv", ".txt", ".ecsv", ".vot", ".votable", ".xml"}  # may be compressed
VOTABLE = {".vot", ".votable", ".xml"}
LARGEST_EXACT = 2**53  # whole number that a float holds
WHOLE = r"-?(0|[1-9]\d{0,17})"
LONG = r"[-+]?\d{16,}"  # more digits than a float holds


def read_user_table(spec: str | Path) -> pd.DataFrame:
    """Read a table; cells of CSV stay text, empty ones are empty text.

    Columns that hold arrays are left out.

    Parameters
    ----------
    spec : path, with the HDU in brackets where a FITS file has more than one table.

    Raises
    ------
    InputError
        Where it is no table, or has no rows.
    """
    name, hdu = split_hdu(str(spec))
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix in COMPRESSED and Path(path.stem).suffix.lower() in PLAIN:
        suffix = Path(path.stem).suffix.lower()
    try:
        if suffix == ".parquet":
            table = pd.read_parquet(path).reset_index(drop=True)
        elif suffix == ".ecsv":
            table = _from_astropy(path, format="ascii.ecsv")
        elif suffix in FITS:
            options = {} if hdu is None else {"hdu": hdu}
            table = _from_astropy(path, format="fits", **options)
        elif suffix in VOTABLE:
            table = _from_astropy(path, format="votable")
        else:
            table = pd.read_csv(
                path, dtype=str, keep_default_na=False, encoding="utf-8-sig"
            )
            if not isinstance(table.index, pd.RangeIndex):
                raise ValueError("its rows have more cells than its first line names")
    except Exception as error:
        kind = "a CSV table" if suffix in (".csv", ".txt", "") else "a table"
        reason = " ".join(str(error).split())[:200]
        if isinstance(error, UnicodeDecodeError):
            reason = f"it is not in UTF-8, save it so ({reason})"
        raise InputError(f"{path} cannot be read as {kind}: {reason}") from None
    if table.empty:
        raise InputError(f"the table {path} has no rows; list one galaxy a row")
    table.columns = table.columns.map(str)
    arrays = [name for name in table if _holds_arrays(table[name])]
    return table.drop(columns=arrays)


def _holds_arrays(column: pd.Series) -> bool:
    kinds = (np.ndarray, list, tuple, dict)
    return column.dtype == object and any(isinstance(c, kinds) for c in column)


def _from_astropy(path: Path, **options: object) -> pd.DataFrame:
    from astropy.table import Table

    table = Table.read(path, **options)
    flat = [name for name in table.colnames if table[name].ndim == 1]
    frame = table[flat].to_pandas(index=False)
    return frame.apply(lambda c: c.map(_decoded) if c.dtype == object else c)


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
    return rows.drop_duplicates("id", ignore_index=True)
