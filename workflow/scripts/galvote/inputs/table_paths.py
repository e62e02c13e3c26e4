"""Paths in tables, which may be a stranger's: they must stay in one folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd


def relative_paths(paths: pd.Series, folder: Path) -> pd.Series:
    """Return paths with the absolute ones that lie in a folder made relative to it.

    The others stay as they are.
    """
    roots = [os.path.abspath(folder), os.path.realpath(folder)]  # noqa: PTH100, of text

    def relative(path: str) -> str:
        if not path.startswith("/"):
            return path
        try:
            for place in (os.path.normpath(path), os.path.realpath(path)):
                for root in roots:
                    if _is_in(place, root):
                        return os.path.relpath(place, root)
        except ValueError:  # no such name is possible
            pass
        return path

    return paths.map(relative)


def _is_in(place: str, root: str) -> bool:
    return place.startswith(root.rstrip("/") + "/")


def trouble_outside(folder: Path) -> Callable[[str], str]:
    """Return what says how a path leaves a folder, "" where it does not.

    Links count as what they lead to, those of folders on the way, too.
    """
    root = os.path.realpath(folder)
    known: dict[str, str] = {}  # what folders lead to; many files lie in one

    def trouble(path: str) -> str:
        above, _, name = path.rpartition("/")
        if path.startswith("/") or (".." in path and _leaves(path.split("/"))):
            hint = ", name its folder with the key `folder`" if path[0] == "/" else ""
            return f"the path {path!r} leaves the table's folder{hint}"
        try:
            if above not in known:
                known[above] = os.path.realpath(folder / above)
            place = f"{known[above]}/{name}"
            if name == ".." or os.path.islink(place):  # noqa: PTH114, as it is quick
                place = os.path.realpath(place)
        except ValueError:  # no such name is possible, which is told later
            return ""
        if not _is_in(place, root):
            return f"the path {path!r} is a link that leads out of the table's folder"
        return ""

    return trouble


def _leaves(steps: list[str]) -> bool:
    """Tell whether steps of a path lead above where they begin."""
    depth = 0
    for step in steps:
        depth += {"..": -1, ".": 0, "": 0}.get(step, 1)
        if depth < 0:
            return True
    return False
