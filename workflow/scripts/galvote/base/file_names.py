"""How files are named in the config: with an HDU in brackets, or as a pattern."""

import glob
from pathlib import Path

COMPRESSED = (".gz", ".fz", ".bz2")
LEFT_BEHIND = {"thumbs.db", "desktop.ini", "__macosx"}


def split_hdu(spec: str) -> tuple[str, int | str | None]:
    """Split `file.fits[SCI]` or `file.fits[2]` into the path and the HDU, if any."""
    if not spec.endswith("]") or "[" not in spec:
        return spec, None
    path, _, name = spec[:-1].rpartition("[")
    return path, int(name) if name.isdecimal() else name


def is_pattern(path: str) -> bool:
    """Tell whether a path stands for many files: `stamps/*.fits`."""
    return glob.has_magic(path) and not Path(split_hdu(path)[0]).exists()


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder is one that systems leave behind or hide."""
    return name.startswith(".") or name.lower() in LEFT_BEHIND


def matches(pattern: str) -> list[str]:
    """Return the files that a pattern stands for, sorted, but for hidden ones."""
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207, keeps `./`
    named = set(Path(pattern).parts)  # the user may name a hidden folder
    return sorted(
        file
        for file in found
        if not any(map(is_hidden, set(Path(file).parts) - named - {".", ".."}))
    )


def fill_in(template: str, pattern: str, file: str) -> str:
    """Put what the `*` of a pattern stands for in a file's name into a template."""
    before, _, after = pattern.partition("*")
    return template.replace("*", file[len(before) : len(file) - len(after)])
