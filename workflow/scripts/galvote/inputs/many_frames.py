"""Sources whose frames are in many files: one source for each file."""

import pandas as pd

from galvote.base.errors import InputError
from galvote.base.file_names import as_utf8
from galvote.inputs.ids import names_of_files
from galvote.inputs.sources import Frames, FrameSource


def sources_of_files(source: FrameSource) -> list[tuple[FrameSource, str]]:
    """Return a source for each of its files, and the file's name in names of frames.

    A source of one file is its own part, without such a name.
    """
    if not (isinstance(source, Frames) and source.is_many):
        return [(source, "")]
    files = source.images()
    names = names_of_files(pd.Series([as_utf8(file) for file in files]))
    return [(source.of_file(f), name) for f, name in zip(files, names, strict=True)]


def part_with(source: FrameSource, rows: pd.DataFrame) -> tuple[FrameSource, str]:
    """Return the source of the file in which galaxies of one frame are, and the HDU.

    Parameters
    ----------
    rows : of the catalogue, all of one frame of the source.
    """
    first = rows.iloc[0]
    if isinstance(source, Frames) and source.is_many:
        source = source.of_file(first["file"])
    return source, first["hdu"]


def check_name(path: str) -> None:
    """Refuse a file whose name no table can hold.

    Raises
    ------
    InputError
        That shows the name.
    """
    if as_utf8(path) != path:
        raise InputError(f"the name of the file {as_utf8(path)} is not UTF-8")
