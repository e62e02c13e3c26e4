"""Tables of single-galaxy images: CSV with a column `image_path`."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.catalog import GALAXY_COLUMNS, free_name
from galvote.checksums import current_checksum, read_checksums
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


def images_digest(path: str | Path, record: str | Path) -> str:
    """Return a digest of which images a table lists, and of what is in their files.

    Whoever reads only the images depends on this and not on the table, so that a
    corrected cell leaves them alone and another image under an old name is seen.

    Parameters
    ----------
    path : of the table.
    record : checksums taken before, if there are any: only files touched later are
        read.
    """
    paths, folder = read_image_table(path)["image_path"], Path(path).parent
    known, record = read_checksums(record), Path(record)
    since = record.stat().st_mtime if known else 0.0
    return _digest(
        [i, current_checksum(folder / i, known, since) if is_inside(i) else None]
        for i in paths
    )


def columns_digest(path: str | Path, label_column: str | None) -> str:
    """Return a digest of a table's cells but for the labels."""
    table = read_image_table(path)
    others = table.drop(columns=label_column) if label_column is not None else table
    return _digest([others.columns.tolist(), *others.to_numpy().tolist()])


def labels_digest(path: str | Path, label_column: str) -> str:
    """Return a digest of a table's images and their labels."""
    table = read_image_table(path)[["image_path", label_column]]
    return _digest(table.to_numpy().tolist())


def _digest(rows: Iterable[list]) -> str:
    return hashlib.sha256(json.dumps(list(rows)).encode()).hexdigest()[:16]


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


def galaxy_rows(
    table: pd.DataFrame, name: str, folder: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the galaxies' rows for a table of images, and its rejects.

    Positions and sizes are unknown (NaN).

    Parameters
    ----------
    table : from `read_image_table`.
    name : of the source in the config.
    folder : the table's folder; paths in the table are relative to it.
    """
    paths = table["image_path"]
    rows = pd.DataFrame(np.nan, index=table.index, columns=GALAXY_COLUMNS)
    rows = rows.astype({"id": str, "source": str, "hdu": str})
    rows["id"], rows["source"], rows["hdu"] = image_ids(name, paths), name, ""
    for column in ("segment", "n_neighbours", "flags"):
        rows[column] = np.zeros(len(rows), dtype=np.int32)
    rows["image_path"] = paths
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
    return rows[~bad].reset_index(drop=True), rejects


def user_columns(
    table: pd.DataFrame, name: str, label_column: str | None
) -> pd.DataFrame:
    """Return the user's own columns of a table of images, by `id`, as text.

    Parameters
    ----------
    table : from `read_image_table`.
    name : of the source in the config.
    label_column : column that is left out, or None.
    """
    left_out = ["image_path", *([label_column] if label_column else [])]
    rows = table.drop(columns=left_out)
    rows = rows.rename(columns={"id": free_name("id", rows)})
    rows.insert(0, "id", image_ids(name, table["image_path"]))
    return rows.drop_duplicates("id", ignore_index=True)


def truth_rows(table: pd.DataFrame, name: str, label_column: str) -> pd.DataFrame:
    """Return `id` and `label` of the labelled rows of a table of images."""
    truth = pd.DataFrame(
        {"id": image_ids(name, table["image_path"]), "label": table[label_column]}
    )
    truth["label"] = truth["label"].str.strip()
    return truth[truth["label"] != ""].drop_duplicates("id", ignore_index=True)
