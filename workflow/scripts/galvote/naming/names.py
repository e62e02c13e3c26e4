"""The names that a person gave to clusters: a small table, checked before it counts."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from galvote.base.errors import InputError

NAME_COLUMNS = ("key", "name")
TAKEN = "rest"
LONGEST = 100  # bytes
SIGNS = " .+-_"  # beside letters and digits


def read_names(path: str | Path) -> dict[str, str]:
    """Read the names of clusters by their keys; rows without a name are left out.

    Parameters
    ----------
    path : CSV with the columns `key` and `name`, such as `clusters.csv` of a run with
        the names filled in.

    Raises
    ------
    InputError
        Where it is no such table, or a name cannot be that of a folder.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            columns, rows = table.fieldnames or [], list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"config key `vote.names`: {path} cannot be read as a CSV table: {error}"
        ) from None
    for column in NAME_COLUMNS:
        if column not in columns:
            raise InputError(
                f"config key `vote.names`: the table {path} has no column `{column}`"
                " (commas separate columns); copy clusters.csv of the run and fill in"
                " the names"
            )
    names: dict[str, str] = {}
    spellings: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        key, name = ((row[column] or "").strip() for column in NAME_COLUMNS)
        name = unicodedata.normalize("NFC", name)
        if not name:
            continue
        where = f"config key `vote.names`: line {number} of {path}"
        _check_name(name, where)
        if not key:
            raise InputError(f"{where} has no `key`; take the row of clusters.csv")
        if names.setdefault(key, name) != name:
            raise InputError(f"{where} gives the cluster {key} a second name, {name!r}")
        plain = re.sub(r"[\s_-]+", " ", name.lower())
        if spellings.setdefault(plain, name) != name:
            raise InputError(
                f"{where} writes {name!r}, another line {spellings[plain]!r}; write one"
                " name in one way"
            )
    return names


def _check_name(name: str, where: str) -> None:
    """Refuse a name that cannot be that of a folder, or that means something else."""
    safe = name[0].isalnum() and all(
        c in SIGNS or c.isalnum() or unicodedata.category(c)[0] == "M" for c in name
    )
    if not safe or len(name.encode()) > LONGEST or name.endswith("."):
        raise InputError(
            f"{where} has the name {name!r}; use letters, digits, spaces and . + - _,"
            f" a letter or digit first, at most {LONGEST} (bytes in UTF-8)"
        )
    if name.lower() == TAKEN or name.isdecimal():
        raise InputError(
            f"{where} has the name {name!r}, which means something else here (rest, or"
            " the number of a cluster); choose another"
        )


def name_of_each(keys: Sequence[str], names: dict[str, str]) -> list[str]:
    """Return the name of each cluster, its number where it has none."""
    return [names.get(key, str(number)) for number, key in enumerate(keys)]


def names_of_run(path: str | Path) -> list[str]:
    """Return the name of each cluster of a run by its `clusters.csv`, or its number."""
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return [row["name"] or row["cluster"] for row in csv.DictReader(stream)]
