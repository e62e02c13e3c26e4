"""Listings of single-galaxy images: a table, folder, pattern or Galaxy10's HDF5."""

import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.checksums import current_checksum, read_checksums
from galvote.base.errors import InputError
from galvote.base.file_names import fill_in, is_pattern, split_hdu
from galvote.base.rejects import reject_row, reject_table
from galvote.inputs.galaxy10 import list_galaxy10
from galvote.inputs.ids import file_ids, image_ids
from galvote.inputs.image_folders import found_files, trouble_with_kind
from galvote.inputs.sky_columns import sky_degrees
from galvote.inputs.sources import COMPANIONS, Galaxy10, ImageSource, Stamps
from galvote.inputs.user_tables import (
    as_numbers,
    as_text,
    own_columns,
    read_user_table,
    table_digest,
)

_ESCAPED = re.compile(r"\\x[89a-f][0-9a-f]")  # a byte of `_printable`
FOLDER = "folder"  # column with the name of the folder that an image lies in


def folder_of(source: ImageSource) -> Path:
    """Return the folder that the paths of a listing are relative to."""
    path = Path(split_hdu(source.path)[0])
    if is_pattern(source.path):
        return Path()
    return path if path.is_dir() else path.parent


def read_listing(source: ImageSource) -> pd.DataFrame:
    """List the images of a source: `image_path` and the columns that come with them.

    `attrs["notes"]` say what was guessed in reading a table.

    Raises
    ------
    InputError
        Where there are none, or the table cannot be read.
    """
    if isinstance(source, Galaxy10):
        return list_galaxy10(source.path)
    if not is_pattern(source.path) and not Path(source.path).is_dir():
        wanted = [c for c in ("image_path", source.label_column) if c is not None]
        table = read_user_table(source.path, wanted)
        for column in ("image_path", source.label_column):
            if column is not None and column not in table:
                raise InputError(
                    f"the table {source.path} has no column `{column}`; it has:"
                    f" {', '.join(map(str, table))}"
                )
        for column in ("image_path", *(f"{key}_path" for key in COMPANIONS)):
            if column in table:
                table[column] = as_text(table[column])
        if {"ra", "dec"} <= set(table):
            ra, dec, notes = sky_degrees(table, "ra", "dec", f"the table {source.path}")
            if notes:
                table["ra"], table["dec"] = ra, dec
                table.attrs["notes"] = [*table.attrs.get("notes", []), *notes]
        return table
    return _listing_of_files(source)


def _listing_of_files(source: ImageSource) -> pd.DataFrame:
    """List the images of a folder or pattern; `attrs` have what was passed over."""
    found = found_files(source)
    if not found.images:
        others = f" ({found.others[0][1]})" if found.others else ""
        raise InputError(
            f"{source.path}: there are no images of kind"
            f" {source.kind}{others}; change the source's `path`"
        )
    listing = _named(found.images)
    for key in COMPANIONS if isinstance(source, Stamps) else ():
        if template := getattr(source, key):
            listing[f"{key}_path"] = [
                fill_in(template, source.path, file) for file in found.images
            ]
    listing.attrs["others"] = found.others
    if found.beside:
        listing.attrs["notes"] = [
            f"{found.beside} file(s) in {source.path} are no images, such as tables and"
            " text, and were passed over"
        ]
    return listing


def _named(files: list[str]) -> pd.DataFrame:
    """List files with the names of their folders."""
    folders = [_printable(Path(file).parent.name) for file in files]
    paths = [_printable(file) for file in files]
    return pd.DataFrame({"image_path": paths, FOLDER: folders}, dtype=str)


def images_digest(source: ImageSource, record: str | Path) -> str:
    """Return a digest of which images a source lists, and of what is in their files.

    Whoever reads only the images depends on this and not on the table, so that a
    corrected cell leaves them alone and another image under an old name is seen.

    Parameters
    ----------
    source : of the config.
    record : checksums taken before, if there are any: only files touched later are
        read.
    """
    known, record = read_checksums(record), Path(record)
    since = record.stat().st_mtime if known else 0.0
    if isinstance(source, Galaxy10):  # a damaged one is a reject later
        return str(current_checksum(Path(source.path), known, since))
    listing = read_listing(source)
    sky = sky_positions(listing).fillna("").astype(str).to_numpy().tolist()
    files = _files_of(source, listing)
    seen = [[str(file), current_checksum(file, known, since)] for file in files]
    others = listing.attrs.get("others", [])
    text = json.dumps([*listing["image_path"], *sky, *seen, *others])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def image_files(source: ImageSource) -> list[Path]:
    """List the files of a source's images, with their masks, noise maps and PSFs."""
    if isinstance(source, Galaxy10):
        return [Path(source.path)]
    return _files_of(source, read_listing(source))


def _files_of(source: ImageSource, listing: pd.DataFrame) -> list[Path]:
    columns, folder = _path_columns(listing), folder_of(source)
    safe = listing[columns].where(listing[columns].map(_is_safe(source)), "")
    return [folder / path for path in safe.to_numpy().ravel() if path]


def columns_digest(source: ImageSource) -> str:
    """Return a digest of a listing's cells but for the labels."""
    table, label = _listing_if_any(source), source.label_column
    if table is None:
        return ""
    return table_digest(table.drop(columns=label, errors="ignore") if label else table)


def labels_digest(source: ImageSource) -> str:
    """Return a digest of a listing's images and their labels.

    Raises
    ------
    InputError
        Where there is no column of labels.
    """
    listing = _listing_if_any(source)
    if listing is None:
        return ""
    if source.label_column not in listing:
        raise InputError(
            f"{source.path} has no column `{source.label_column}`; change the key"
            f" `label_column` of source {source.name}"
        )
    return table_digest(listing[["image_path", source.label_column]])


def _listing_if_any(source: ImageSource) -> pd.DataFrame | None:
    """Read a listing; None for a broken HDF5 file, which is a reject of detection."""
    try:
        return read_listing(source)
    except InputError:
        if not isinstance(source, Galaxy10):
            raise
        return None


def is_inside(path: str) -> bool:
    """Tell whether a path from a table stays in the table's folder."""
    return bool(path) and not Path(path).is_absolute() and ".." not in Path(path).parts


def _is_safe(source: ImageSource) -> object:
    """Return the test for paths: those of a pattern come from the config itself."""
    return bool if is_pattern(source.path) else is_inside


def _path_columns(listing: pd.DataFrame) -> list[str]:
    names = ["image_path", *(f"{key}_path" for key in COMPANIONS)]
    return [name for name in names if name in listing]


def trouble_with(path: Path) -> str:
    """Say why there is no file with something in it at a path, "" where there is."""
    name = path.name if len(path.name) < 80 else f"{path.name[:80]}..."
    try:
        if path.is_file():
            return "" if path.stat().st_size else f"the file {name} is empty"
        if path.is_dir():
            return f"{name} is a folder"
        if path.exists():
            return f"{name} is no ordinary file"
        if path.is_symlink():
            return f"{name} is a link to no file"
    except (OSError, ValueError):  # no such name is possible
        pass
    if _ESCAPED.search(name):
        return f"the name of the file {name} is not UTF-8, or there is no such file"
    return f"there is no file {name}"


def listed_rows(
    source: ImageSource, listing: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows whose images are there, with ids, and the rejects.

    Parameters
    ----------
    source : of the config.
    listing : from `read_listing`; files in its folder that cannot be read are rejects.
    """
    paths, name = listing["image_path"], source.name
    rows = listing[_path_columns(listing)].copy()
    rows.attrs = {}  # of the table that was read
    rows.insert(0, "id", image_ids(name, paths))
    rows = rows.join(sky_positions(listing).dropna(axis=1, how="all"))
    if isinstance(source, Galaxy10):
        return rows, reject_table([])
    is_safe, folder = _is_safe(source), folder_of(source)
    reasons = pd.Series("", index=listing.index)
    for column in _path_columns(listing):
        for i, path in listing[column].items():
            if reasons[i] or (column != "image_path" and not path):
                continue
            if not path:
                reasons[i] = "its row names no image"
            elif not is_safe(path):
                reasons[i] = f"the path {path!r} leaves the table's folder"
            else:
                reasons[i] = trouble_with(folder / path)
                if column == "image_path" and not reasons[i]:
                    reasons[i] = trouble_with_kind(path, source.kind)
    reasons[(reasons == "") & paths.duplicated()] = "the table lists this image twice"
    bad = reasons != ""
    numbered = name + "_row" + (pd.Series(range(len(rows)), rows.index) + 1).astype(str)
    ids = rows["id"].where((paths != "") & ~paths.duplicated(), numbered)
    others = pd.DataFrame(listing.attrs.get("others", []), columns=["path", "reason"])
    of_others = file_ids(name, others["path"].map(_printable).astype(str))
    rejects = reject_table(
        reject_row(name, id_, "detect", reason)
        for id_, reason in zip(
            [*ids[bad], *of_others], [*reasons[bad], *others["reason"]], strict=True
        )
    )
    return rows[~bad].reset_index(drop=True), rejects


def _printable(text: str) -> str:
    """Escape bytes that are no UTF-8, as the names of files may hold."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def listed_columns(source: ImageSource) -> pd.DataFrame | None:
    """Return the user's own columns of a source's listing, by `id`, if it has some."""
    listing = _listing_if_any(source)
    if listing is None:
        return None
    left_out = [*_path_columns(listing), source.label_column, "ra", "dec"]
    ids = image_ids(source.name, listing["image_path"])
    return own_columns(listing, ids, left_out)


def truth_rows(source: ImageSource) -> pd.DataFrame:
    """Return `id` and `label` of the labelled rows of a source's listing."""
    listing = _listing_if_any(source)
    if listing is None:
        return pd.DataFrame(columns=["id", "label"], dtype=str)
    ids = image_ids(source.name, listing["image_path"])
    labels = as_text(listing[source.label_column]).str.strip()
    truth = pd.DataFrame({"id": ids, "label": labels})
    return truth[truth["label"] != ""].drop_duplicates("id", ignore_index=True)


def sky_positions(listing: pd.DataFrame) -> pd.DataFrame:
    """Return `ra`, `dec` (deg) of a listing that has them, NaN elsewhere."""
    columns = {
        name: as_numbers(listing[name]) if name in listing else np.nan
        for name in ("ra", "dec")
    }
    return pd.DataFrame(columns, index=listing.index)
