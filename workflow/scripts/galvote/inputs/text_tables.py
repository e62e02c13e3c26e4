"""Tables of plain text: their separators, and the names of their columns."""

import bz2
import csv
import gzip
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
BLANKS = "blanks"
LOOKED_AT = 200  # lines at the start of a table
_OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
_SEXTRACTOR = re.compile(r"#\s*1\s+[A-Z]\w*(\s|$)")  # first line of ASCII_HEAD


def opened(path: str | Path) -> object:
    """Open a file for reading bytes, unpacked by its ending."""
    return _OPENERS.get(Path(path).suffix.lower(), open)(path, "rb")


def first_lines(path: str | Path) -> list[str]:
    """Return the first lines of a text that are not empty.

    Raises
    ------
    UnicodeDecodeError
        Where they are not in UTF-8.
    """
    with opened(path) as stream:
        lines = [line.decode("utf-8-sig") for line in islice(stream, LOOKED_AT)]
    return [line.rstrip("\r\n") for line in lines if line.strip()]


def is_sextractor(lines: list[str]) -> bool:
    """Tell whether these lines begin a catalogue of SExtractor's ASCII_HEAD."""
    return bool(lines) and bool(_SEXTRACTOR.match(lines[0]))


def _separated(line: str, separator: str) -> list[str]:
    if separator == BLANKS:
        return line.split()
    cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [cell.strip() for cell in cells]


def _layout(lines: list[str]) -> tuple[int, str]:
    """Return which of the lines names the columns, and what separates them.

    Of comments above the rows the last names them, if it has as many words as the first
    row has cells.
    """
    comments = next((i for i, s in enumerate(lines) if s[0] != "#"), len(lines))
    ways = [0] if comments in (0, len(lines)) else [comments - 1, comments]
    for place in ways:
        header = lines[place].lstrip("#")
        separator = next((s for s in SEPARATORS if s in header), None)
        row = lines[place + 1] if place + 1 < len(lines) else ""
        if separator is None:
            words = len(header.split())
            split = words > 1 and (not row or len(row.split()) == words)
            separator = BLANKS if split else ","
        names, cells = (_separated(line, separator) for line in (header, row))
        if place == ways[-1] or len(names) == len(cells):
            return place, separator
    return 0, ","


def text_header(path: str | Path) -> tuple[list[str], bool]:
    """Return the names of a text table's columns, and whether it has a row."""
    lines = first_lines(path)
    if is_sextractor(lines):
        named = [line.split()[2] for line in lines if re.match(r"#\s*\d+\s+\S", line)]
        return named, any(line[0] != "#" for line in lines)
    if not lines:
        return [], False
    place, separator = _layout(lines)
    names = _separated(lines[place].lstrip("#"), separator)
    return names, len(lines) > place + 1


def read_text(path: str | Path) -> tuple[pd.DataFrame, str]:
    """Read a table of text, all cells as text without blanks around them.

    Returns
    -------
    the table, and what separates its cells.

    Raises
    ------
    ValueError
        Where its rows have more cells than its header.
    """
    lines = first_lines(path)
    place, separator = _layout(lines) if lines else (0, ",")
    table = pd.read_csv(
        path,
        sep=r"\s+" if separator == BLANKS else separator,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        skipinitialspace=True,
        **_rows_below(lines, place, separator),
    )
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("its rows have more cells than its first line names")
    return table, SEPARATORS.get(separator, BLANKS)


def _rows_below(lines: list[str], place: int, separator: str) -> dict[str, object]:
    """Say to pandas where the header is, if it is not just the first line."""
    if not lines or lines[0][0] != "#":
        return {}
    return {
        "names": _separated(lines[place].lstrip("#"), separator),
        "header": None,
        "skiprows": place + 1,
        "index_col": None,
    }


def numbered(names: list[str]) -> Iterator[str]:
    """Yield names that occur more than once."""
    yield from dict.fromkeys(name for name in names if names.count(name) > 1)
