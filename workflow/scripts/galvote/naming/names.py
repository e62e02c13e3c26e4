"""The names that a person gave to clusters: a small table, checked before it counts."""

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from galvote.base.errors import InputError

NAME_COLUMNS = ("key", "name")
TAKEN = "rest"
LONGEST = 100  # bytes of a folder's name
SIGNS = " .+-_"  # that a folder's name may have, beside letters and digits
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)  # of Windows


def read_names(path: str | Path) -> dict[str, str]:
    """Read the names of clusters by their keys; rows without a name are left out.

    Parameters
    ----------
    path : CSV with the columns `key` and `name`, such as `clusters.csv` of a run with
        the names filled in.

    Raises
    ------
    InputError
        Where it is no such table, or a name cannot be shown or means something else.
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
    """Refuse a name that cannot be shown, or that means something else."""
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name):
        raise InputError(
            f"{where} has the name {name!r} with a sign that cannot be shown; leave it"
            " out"
        )
    if name.lower() == TAKEN or name.isdecimal():
        raise InputError(
            f"{where} has the name {name!r}, which means something else here (rest, or"
            " the number of a cluster); choose another"
        )


def folder_names(names: Iterable[str]) -> dict[str, str]:
    """Return for each name that of its folder: safe on all systems, and unique.

    A name that is safe is its folder's. In the others `_` stands for signs that are
    not; a digest tells apart those that would then be the same.
    """
    wanted = sorted(set(names))
    made = {name: _safe(name) for name in wanted}
    taken = {_folded(TAKEN)} - {_folded(name) for name in wanted}
    for name in sorted(wanted, key=lambda name: made[name] != name):
        if _folded(made[name]) in taken:
            made[name] = f"{_cut(made[name])}-{_digest_of_name(name)}"
        taken.add(_folded(made[name]))
    return made


def _safe(name: str) -> str:
    """Return a name with only letters, digits and `SIGNS`, a letter or digit last."""
    safe = "".join(c if _is_plain(c) else "_" for c in name)
    if not safe[0].isalnum():
        safe = "_" + safe[1:]
    if safe[-1] in " .":
        safe = safe[:-1] + "_"
    if _DEVICE.fullmatch(safe):
        safe = safe.replace(".", "_") + "_"
    if len(safe.encode()) > LONGEST:
        safe = f"{_cut(safe)}-{_digest_of_name(name)}"
    return safe


def _is_plain(sign: str) -> bool:
    return sign in SIGNS or sign.isalnum() or unicodedata.category(sign)[0] == "M"


def _cut(name: str) -> str:
    return name.encode()[: LONGEST - 9].decode(errors="ignore").rstrip()


def _digest_of_name(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _folded(name: str) -> str:
    """Return a name as file systems that know no case or accents compare it."""
    return unicodedata.normalize("NFKC", name).casefold()


def name_of_each(keys: Sequence[str], names: dict[str, str]) -> list[str]:
    """Return the name of each cluster, its number where it has none."""
    return [names.get(key, str(number)) for number, key in enumerate(keys)]


def names_of_run(path: str | Path) -> list[str]:
    """Return the name of each cluster of a run by its `clusters.csv`, or its number."""
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return [row["name"] or row["cluster"] for row in csv.DictReader(stream)]
