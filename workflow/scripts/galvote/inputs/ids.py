"""Ids of galaxies: safe as file names, and unique."""

import hashlib
import os
import re
from pathlib import Path

import pandas as pd

from galvote.base.file_names import COMPRESSED

STEM_LENGTH = 39  # a name of 24 characters and this keep ids within 64


def image_ids(name: str, paths: pd.Series) -> pd.Series:
    """Make ids from a source's name and its files' stems.

    A stem that is unsafe as a file name, too long or not unique in the table gets a
    digest of its path; the others do not depend on what else is in the table.
    """
    return name + "_" + safe_names(paths, paths.map(_stem))


def named_ids(name: str, paths: pd.Series, own: pd.Series) -> pd.Series:
    """Make ids from a source's name and the user's own, or stems of files without one.

    They are made safe and unique as those of files are.
    """
    given = own != ""
    return (
        name
        + "_"
        + safe_names(own.where(given, paths), own.where(given, paths.map(_stem)))
    )


def file_ids(name: str, paths: pd.Series) -> pd.Series:
    """Make ids from a source's name and its files' names with their endings."""
    return name + "_" + safe_names(paths, paths.map(lambda path: Path(path).name))


def _stem(path: str) -> str:
    name = Path(path)
    if name.parent == Path("images") and not name.suffix and name.name.isdigit():
        return f"{int(name.name):05d}"  # a row of Galaxy10
    while name.suffix in COMPRESSED:
        name = name.with_suffix("")
    return name.stem


def safe_names(keys: pd.Series, names: pd.Series) -> pd.Series:
    """Return names that are safe as file names and unique for unique keys."""
    safe = names.map(lambda name: re.sub(r"[^A-Za-z0-9._+-]", "-", name).strip("."))
    first = safe.str.lower().where(~keys.duplicated())
    same = (safe != names) | first.duplicated(keep=False) | keys.duplicated()
    digests = keys.map(lambda key: hashlib.sha256(os.fsencode(key)).hexdigest()[:10])
    marked = safe.str[: STEM_LENGTH - 11] + "-" + digests
    return safe.where(~same & (safe.str.len() <= STEM_LENGTH), marked)


def names_of_files(paths: pd.Series) -> pd.Series:
    """Name the files of a source of many frames: safe, unique, and no number."""
    stems = paths.map(_stem)
    stems = stems.where(~stems.str.isdecimal(), "f" + stems)
    taken = stems.str.contains(r"_h\d+$")  # the name of a frame of another file
    return safe_names(paths, stems.where(~taken, stems + "-"))


def frame_key(file_name: str, hdu: str) -> str:
    """Name a frame in its source: by its HDU, its file, or both; "" if it is alone."""
    return f"{file_name}_h{hdu}" if file_name and hdu else file_name or hdu


def frame_tag(key: str) -> str:
    """Return the part of a name of a file or galaxy that tells of its frame."""
    return f"h{key}" if key.isdecimal() else key


def place_name(source: str, key: str) -> str:
    """Name a frame among those of all sources."""
    return f"{source}_{frame_tag(key)}" if key else source


def frame_keys(table: pd.DataFrame) -> pd.Series:
    """Return the names of frames in their sources, of a table of galaxies or frames.

    Parameters
    ----------
    table : with `hdu`, and `frame` where a source has many files.
    """
    hdus = table["hdu"].fillna("").astype(str)
    if "frame" not in table:
        return hdus
    frames = table["frame"].fillna("").astype(str)
    return frames.where(frames != "", hdus)


def own_ids(places: pd.DataFrame, rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the ids of galaxies made of the user's own, safe as file names.

    Without one it is the number of the row.

    Parameters
    ----------
    places : from `read_positions`.
    rows : of the galaxies, with `row` and their frames; in the second of two frames
        that show a galaxy its name gets the frame's.
    name : of the source.
    """
    unnamed = "row" + (places["row"] + 1).astype(str)
    own = places["own_id"].where(places["own_id"] != "", unnamed)
    names = safe_names(own, own)[rows["row"]].reset_index(drop=True)
    again = rows["row"].duplicated()
    framed = names[again] + "_" + frame_keys(rows)[again].map(frame_tag)
    names[again] = safe_names(framed, framed)
    return name + "_" + names
