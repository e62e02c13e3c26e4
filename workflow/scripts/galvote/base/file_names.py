"""How files are named in the config: with an HDU in brackets, or as a pattern."""

import glob
import os
from pathlib import Path

COMPRESSED = (".gz", ".fz", ".bz2")
FITS_ENDINGS = (".fits", ".fit", ".fts")


def split_hdu(spec: str) -> tuple[str, int | str | None]:
    """Split `file.fits[SCI]` or `file.fits[2]` into the path and the HDU, if any."""
    if not spec.endswith("]") or "[" not in spec:
        return spec, None
    path, _, name = spec[:-1].rpartition("[")
    return path, int(name) if name.isdecimal() else name


def take_hdu(spec: str) -> tuple[str, int | str | None]:
    """Split as `split_hdu`, where the path or pattern is there without the brackets."""
    path, hdu = split_hdu(spec)
    if is_pattern(spec):  # `t[0-9]` ends in brackets, too
        is_there = is_pattern(path) and not matches(spec)
    else:
        is_there = Path(path).is_file()
    return (path, hdu) if is_there else (spec, None)


def is_pattern(path: str) -> bool:
    """Tell whether a path stands for many files: `stamps/*.fits`."""
    return glob.has_magic(path) and not Path(split_hdu(path)[0]).exists()


def matches(pattern: str) -> list[str]:
    """Return the files that a pattern stands for, sorted."""
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207, keeps `./`


def as_utf8(path: str) -> str:
    """Escape what is no UTF-8 in a path: names of files may hold any bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_many(path: str) -> bool:
    """Tell whether a path stands for many FITS files: a folder, or a pattern."""
    return is_pattern(path) or Path(path).is_dir()


def fits_files(path: str) -> list[str]:
    """List the FITS files of a folder or a pattern, sorted, hidden ones left out."""
    if is_pattern(path):
        return [file for file in matches(path) if not Path(file).is_dir()]
    inside = (file.relative_to(path) for file in Path(path).rglob("*"))
    shown = (file for file in inside if not any(p[0] == "." for p in file.parts))
    files = (str(Path(path) / file) for file in shown if _is_fits(file.name))
    return sorted(file for file in files if not Path(file).is_dir())


def _is_fits(name: str) -> bool:
    for ending in COMPRESSED:
        name = name.lower().removesuffix(ending)
    return name.endswith(FITS_ENDINGS)


def fill_in(template: str, pattern: str, file: str) -> str:
    """Put what the `*` of a pattern stands for in a file's name into a template."""
    before, _, after = pattern.partition("*")
    return template.replace("*", file[len(before) : len(file) - len(after)])
