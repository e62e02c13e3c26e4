"""Tables of single-galaxy images: CSV with a column `image_path`."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.catalog import CATALOG_COLUMNS
from galvote.errors import InputError
from galvote.tables import reject_table

STEM_LENGTH = 39  # a name of 24 characters and this keep ids within 64


def read_image_table(path: str | Path) -> pd.DataFrame:
    """Read the table, all cells as text.

    Raises
    ------
    InputError
        Where it is no CSV table, or has no rows.
    """
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        UnicodeDecodeError,
    ) as error:
        raise InputError(f"{path} cannot be read as a CSV table: {error}") from None
    if table.empty:
        raise InputError(f"the table {path} has no rows; list one image a row")
    return table


def content_digest(path: str | Path, label_column: str | None) -> str:
    """Return a digest of the table without its labels, and of its images' sizes.

    Whoever reads only the images depends on this and not on the file, so that a
    corrected label leaves them alone and an image put there later is seen.
    """
    table = read_image_table(path)
    if label_column is not None:
        table = table.drop(columns=label_column)
    folder = Path(path).parent
    table["size of the file"] = [
        str(size_of(folder / image)) if is_inside(image) else ""
        for image in table["image_path"]
    ]
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16]


def image_ids(name: str, paths: pd.Series) -> pd.Series:
    """Make ids from a source's name and its files' stems.

    A stem that is unsafe as a file name, too long or not unique in the table gets a
    digest of its path; the others do not depend on what else is in the table.
    """
    stems = paths.map(lambda path: Path(path).stem)
    safe = stems.map(lambda stem: re.sub(r"[^A-Za-z0-9._+-]", "-", stem).strip("."))
    first = safe.str.lower().where(~paths.duplicated())
    same = (safe != stems) | first.duplicated(keep=False) | paths.duplicated()
    digests = paths.map(lambda path: hashlib.sha256(path.encode()).hexdigest()[:10])
    marked = safe.str[: STEM_LENGTH - 11] + "-" + digests
    return name + "_" + safe.where(~same & (safe.str.len() <= STEM_LENGTH), marked)


def is_inside(path: str) -> bool:
    """Tell whether a path from a table stays in the table's folder."""
    return bool(path) and not Path(path).is_absolute() and ".." not in Path(path).parts


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 where there is none (or no such name)."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _free_name(column: str, taken: pd.Index) -> str:
    name = f"user_{column}"
    while name in taken:
        name = f"user_{name}"
    return name


def catalog_rows(
    table: pd.DataFrame, name: str, folder: Path, label_column: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the catalogue's rows for a table of images, and its rejects.

    Positions and sizes are unknown (NaN); the user's columns but the label are passed
    through.

    Parameters
    ----------
    table : from `read_image_table`.
    name : of the source in the config.
    folder : the table's folder; paths in the table are relative to it.
    label_column : column that is left out, or None.
    """
    paths = table["image_path"]
    rows = table.drop(columns=[label_column] if label_column else [])
    while len(own := rows.columns.intersection(CATALOG_COLUMNS)):
        rows = rows.rename(columns={c: _free_name(c, rows.columns) for c in own})
    for column in CATALOG_COLUMNS:
        rows[column] = np.nan
    rows["id"], rows["source"], rows["hdu"] = image_ids(name, paths), name, ""
    for column in ("segment", "n_neighbours", "flags"):
        rows[column] = np.zeros(len(rows), dtype=np.int32)
    reasons = pd.Series(
        [
            f"the path {path!r} leaves the table's folder"
            if not is_inside(path)
            else ("" if size_of(folder / path) else f"there is no file {path}")
            for path in paths
        ],
        index=table.index,
    )
    reasons[(reasons == "") & paths.duplicated()] = "the table lists this image twice"
    bad = reasons != ""
    rejects = reject_table(
        {"source": name, "id": id_, "stage": "detect_sources", "reason": reason}
        for id_, reason in zip(rows["id"][bad], reasons[bad], strict=True)
    )
    columns = CATALOG_COLUMNS + [c for c in rows.columns if c not in CATALOG_COLUMNS]
    return rows.loc[~bad, columns].reset_index(drop=True), rejects


def truth_rows(table: pd.DataFrame, name: str, label_column: str) -> pd.DataFrame:
    """Return `id` and `label` of the labelled rows of a table of images."""
    truth = pd.DataFrame(
        {"id": image_ids(name, table["image_path"]), "label": table[label_column]}
    )
    truth["label"] = truth["label"].str.strip()
    return truth[truth["label"] != ""].drop_duplicates("id", ignore_index=True)
