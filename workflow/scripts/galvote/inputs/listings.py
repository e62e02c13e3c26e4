"""Listings of single-galaxy images: a table, folder, pattern or Galaxy10's HDF5."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.checksums import current_checksum, read_records
from galvote.base.errors import InputError
from galvote.base.file_names import as_utf8, fill_in, is_pattern, split_hdu
from galvote.base.rejects import reject_row, reject_table
from galvote.inputs.galaxy10 import list_galaxy10
from galvote.inputs.ids import file_ids, image_ids, named_ids
from galvote.inputs.image_folders import found_files, trouble_with_kind
from galvote.inputs.sky_columns import sky_degrees
from galvote.inputs.source_parts import COMPANIONS
from galvote.inputs.sources import (
    Galaxy10,
    ImageSource,
    ListedImages,
    Stamps,
)
from galvote.inputs.table_paths import relative_paths, trouble_outside
from galvote.inputs.user_tables import (
    as_numbers,
    as_text,
    free_name,
    own_columns,
    read_user_table,
    table_digest,
)

_ESCAPED = re.compile(r"\\x[89a-f][0-9a-f]")  # a byte of `as_utf8`
IMAGE = "image_path"  # column with the paths of the images
FOLDER = "folder"  # column with the name of the folder that an image lies in


def folder_of(source: ImageSource) -> Path:
    """Return the folder that the paths of a listing are relative to."""
    path = Path(split_hdu(source.path)[0])
    if is_pattern(source.path):
        return Path()
    if path.is_dir():
        return path
    return path.parent if source.folder is None else Path(source.folder)


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
    if _is_table(source):
        return _listing_of_table(source)
    return _listing_of_files(source)


def _is_table(source: ImageSource) -> bool:
    return not is_pattern(source.path) and not Path(source.path).is_dir()


def _listing_of_table(source: ListedImages) -> pd.DataFrame:
    """Read a table of images; their paths are in `image_path`, whatever they were."""
    named = (source.path_column, source.label_column, source.id_column)
    wanted = [column for column in named if column is not None]
    table = read_user_table(source.path, wanted)
    for column in wanted:
        if column not in table:
            raise InputError(
                f"the table {source.path} has no column `{column}`; it has:"
                f" {', '.join(map(str, table))}"
            )
    if source.path_column != IMAGE:
        table = table.rename(columns={IMAGE: free_name(IMAGE, table)})
        table = table.rename(columns={source.path_column: IMAGE})
    for column in _path_columns(table):
        paths = as_text(table[column]).str.strip()
        table[column] = relative_paths(paths, folder_of(source))
    if {"ra", "dec"} <= set(table):
        ra, dec, notes = sky_degrees(table, "ra", "dec", f"the table {source.path}")
        if notes:
            table["ra"], table["dec"] = ra, dec
            table.attrs["notes"] = [*table.attrs.get("notes", []), *notes]
    return table


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
            listing[f"{key}_path"] = _companions(template, source.path, found.images)
    listing.attrs["others"] = found.others
    if found.beside:
        listing.attrs["notes"] = [
            f"{found.beside} file(s) in {source.path} are no images, such as tables and"
            " text, and were passed over"
        ]
    return listing


def _companions(template: str, pattern: str, files: list[str]) -> list[str]:
    """Return the files that belong to those of a pattern, each to one.

    Raises
    ------
    InputError
        Where two would have the same, but for a template that names one file for all.
    """
    made = [fill_in(template, pattern, file) for file in files]
    first: dict[str, str] = {}
    for file, companion in zip(files, made, strict=True):
        other = first.setdefault(companion, file)
        if other != file and companion != template:
            raise InputError(
                f"{template} gives {other} and {file} the same file, {companion}; write"
                f" all wildcards of {pattern} in it"
            )
    return made


def _named(files: list[str]) -> pd.DataFrame:
    """List files with the names of their folders."""
    folders = [as_utf8(Path(file).parent.name) for file in files]
    paths = [as_utf8(file) for file in files]
    return pd.DataFrame({"image_path": paths, FOLDER: folders}, dtype=str)


def images_digest(source: ImageSource, record: str | Path) -> str:
    """Return a digest of which images a source lists, and of what is in their files.

    Whoever reads only the images depends on this and not on the table, so that a
    corrected cell leaves them alone and another image under an old name is seen.

    Parameters
    ----------
    source : of the config.
    record : checksums taken before, if there are any: only files that have changed
        since are read.
    """
    known = read_records(record)
    if isinstance(source, Galaxy10):  # a damaged one is a reject later
        return str(current_checksum(Path(source.path), known))
    listing = read_listing(source)
    sky = sky_positions(listing).fillna("").astype(str).to_numpy().tolist()
    files = _files_of(source, listing)
    seen = [[str(file), current_checksum(file, known)] for file in files]
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
    outside = _outside(source)
    return [
        folder / _file_of(path, column)
        for row in listing[columns].to_numpy()
        for column, path in zip(columns, row, strict=True)
        if path and not outside(path)
    ]


def _file_of(path: str, column: str) -> str:
    """Return the file that a cell names; masks and maps may have an HDU behind it."""
    return path if column == IMAGE else split_hdu(path)[0]


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


def _outside(source: ImageSource) -> Callable[[str], str]:
    """Return what says that a path leaves its folder.

    The paths of a folder or pattern, and links there, are the user's own.
    """
    return trouble_outside(folder_of(source)) if _is_table(source) else lambda _: ""


def _path_columns(listing: pd.DataFrame) -> list[str]:
    names = [IMAGE, *(f"{key}_path" for key in COMPANIONS)]
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
    name = source.name
    rows = listing[_path_columns(listing)].copy()
    rows.attrs = {}  # of the table that was read
    rows.insert(0, "id", _ids(source, listing))
    rows = rows.join(sky_positions(listing).dropna(axis=1, how="all"))
    if isinstance(source, Galaxy10):
        return rows, reject_table([])
    reasons = _reasons(source, listing)
    bad = reasons != ""
    numbered = name + "_row" + (pd.Series(range(len(rows)), rows.index) + 1).astype(str)
    first = (rows[IMAGE] != "") & ~_listed_before(source, listing)
    ids = rows["id"].where(first, numbered)
    others = pd.DataFrame(listing.attrs.get("others", []), columns=["path", "reason"])
    of_others = file_ids(name, others["path"].map(as_utf8).astype(str))
    rejects = reject_table(
        reject_row(name, id_, "detect", reason)
        for id_, reason in zip(
            [*ids[bad], *of_others], [*reasons[bad], *others["reason"]], strict=True
        )
    )
    return rows[~bad].reset_index(drop=True), rejects


def _ids(source: ImageSource, listing: pd.DataFrame) -> pd.Series:
    """Return the ids of the images of a listing: of their files, or the user's own."""
    if source.id_column is None:
        return image_ids(source.name, listing[IMAGE])
    return named_ids(source.name, listing[IMAGE], _own_ids(source, listing))


def _own_ids(source: ImageSource, listing: pd.DataFrame) -> pd.Series:
    """Return the names that the user gave to the galaxies, "" where there is none."""
    if source.id_column is None:
        return pd.Series("", index=listing.index)
    column = IMAGE if source.id_column == source.path_column else source.id_column
    return as_text(listing[column]).str.strip()


def _listed_before(source: ImageSource, listing: pd.DataFrame) -> pd.Series:
    """Tell which rows have the image, or the id, of a row before them."""
    own = _own_ids(source, listing)
    again = listing[IMAGE].map(os.path.normpath).duplicated()
    return again | (own.duplicated() & (own != ""))


def _reasons(source: ImageSource, listing: pd.DataFrame) -> pd.Series:
    """Say for each row of a listing why it cannot be used; "" where it can."""
    outside, folder = _outside(source), folder_of(source)
    reasons = pd.Series("", index=listing.index)
    for column in _path_columns(listing):
        for i, path in listing[column].items():
            if reasons[i] or (column != IMAGE and not path):
                continue
            reason = outside(path) if path else "its row names no image"
            reason = reason or trouble_with(folder / _file_of(path, column))
            if column == IMAGE and not reason:
                reason = trouble_with_kind(path, source.kind)
            reasons[i] = reason
    images = listing[IMAGE].map(os.path.normpath)
    reasons[(reasons == "") & images.duplicated()] = "the table lists this image twice"
    own = _own_ids(source, listing)
    first = own.drop_duplicates().reset_index().set_index(own.name or 0)["index"]
    for i in reasons.index[(reasons == "") & _listed_before(source, listing)]:
        reasons[i] = f"row {first[own[i]] + 1} has the same id, {own[i]}"
    return reasons


def listed_columns(source: ImageSource) -> pd.DataFrame | None:
    """Return the user's own columns of a source's listing, by `id`, if it has some."""
    listing = _listing_if_any(source)
    if listing is None:
        return None
    left_out = [*_path_columns(listing), source.label_column, "ra", "dec"]
    ids = _ids(source, listing)
    return own_columns(listing, ids, left_out)


def truth_rows(source: ImageSource) -> pd.DataFrame:
    """Return `id` and `label` of the labelled rows of a source's listing."""
    listing = _listing_if_any(source)
    if listing is None:
        return pd.DataFrame(columns=["id", "label"], dtype=str)
    ids = _ids(source, listing)
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
