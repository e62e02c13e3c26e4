"""Files in folders and patterns: which are images, and which are passed over."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from galvote.base.file_names import (
    FITS_ENDINGS,
    is_fits,
    is_hidden,
    is_pattern,
    matches,
)
from galvote.inputs.sources import ImageSource

PICTURE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".webp", ".bmp", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)
ENDINGS = {"images": PICTURE_ENDINGS, "stamps": (*FITS_ENDINGS, "compressed or not")}
WHAT = {"images": "a picture", "stamps": "a FITS file"}
BESIDE = (  # plainly no images; one expects them beside some
    *(".csv", ".tsv", ".txt", ".dat", ".cat", ".reg", ".ecsv", ".vot", ".xml"),
    *(".parquet", ".json", ".yaml", ".yml", ".toml", ".ini", ".md", ".rst", ".html"),
    *(".htm", ".css", ".js", ".py", ".ipynb", ".sh", ".log", ".tex", ".bib", ".zip"),
    *(".tar", ".tgz", ".tar.gz", ".sha256", ".md5", ".lock", ".bak", ".tmp", "~"),
    *("readme", "license", "licence", "makefile", "checksums", "sha256sums"),
)


@dataclass
class Found:
    """The files of a folder or pattern.

    Attributes
    ----------
    images : paths of what is read, relative to the folder.
    others : path and reason of what looks like an image and cannot be read.
    beside : number of files that are plainly no images.
    """

    images: list[str] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    beside: int = 0


def trouble_with_kind(path: str, kind: str) -> str:
    """Say that a file is of another kind of source, by its name; "" where it is not."""
    own = _kind_of(path)
    if own in ("", kind):
        return ""
    return (
        f"{Path(path).name} is {WHAT[own]}, but its source is of kind {kind}; list it"
        f" in one of kind {own}"
    )


def _kind_of(path: str) -> str:
    """Tell the kind of source that a file belongs to by its name; "" for none."""
    if is_fits(path):
        return "stamps"
    return "images" if path.lower().endswith(PICTURE_ENDINGS) else ""


def found_files(source: ImageSource) -> Found:
    """Sort the files of a source's folder, or those that its pattern matches.

    Hidden files are left out. A pattern may name images of any ending.
    """
    found, kind, in_folder = Found(), source.kind, not is_pattern(source.path)
    files = _files_of_folder(Path(source.path)) if in_folder else matches(source.path)
    for path in files:
        if path.lower().endswith(BESIDE):
            found.beside += 1
        elif reason := trouble_with_kind(path, kind):
            found.others.append((path, reason))
        elif in_folder and (Path(source.path) / path).is_dir():
            found.others.append((path, f"the folder {path} cannot be read"))
        elif in_folder and not _kind_of(path):
            endings = ", ".join(ENDINGS[kind])
            reason = f"{Path(path).name} is of no format that is read ({endings})"
            found.others.append((path, reason))
        else:
            found.images.append(path)
    return found


def _files_of_folder(folder: Path) -> list[str]:
    """List the files of a folder and those below, also in linked ones, sorted."""
    return sorted(_files_below(folder, "", set()))


def _files_below(folder: Path, below: str, seen: set[str]) -> Iterator[str]:
    place = str((folder / below).resolve())
    if place in seen:  # a link that leads back
        return
    try:
        entries = sorted(os.scandir(folder / below), key=lambda entry: entry.name)
    except OSError:  # not ours to read, which is told
        yield below
        return
    for entry in entries:
        path = os.path.join(below, entry.name)  # noqa: PTH118, paths of text
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _files_below(folder, path, seen | {place})
        else:
            yield path
