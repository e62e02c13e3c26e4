"""How files are named in the config: with an HDU in brackets, or as a pattern."""

import glob
import os
import re
from pathlib import Path

from galvote.base.errors import InputError

COMPRESSED = (".gz", ".fz", ".bz2")
FITS_ENDINGS = (".fits", ".fit", ".fts")
_WILDCARD = re.compile(r"(\*\*/|\*+|\?|\[!?.[^\]]*\])")
LEFT_BEHIND = {"thumbs.db", "desktop.ini", "__macosx"}


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
    shown = (file for file in inside if not any(map(is_hidden, file.parts)))
    files = (str(Path(path) / file) for file in shown if is_fits(file.name))
    return sorted(file for file in files if not Path(file).is_dir())


def is_fits(name: str) -> bool:
    """Tell whether a file is one of FITS by its name, which may be compressed."""
    plain = name.lower()
    for ending in COMPRESSED:
        plain = plain.removesuffix(ending)
    return plain.endswith(FITS_ENDINGS)


def fill_in(template: str, pattern: str, file: str) -> str:
    """Put what the wildcards of a pattern stand for in a file's name into a template.

    The template has the wildcards of the pattern in their order, or its `*` alone; one
    without any names one file for all. An HDU in brackets behind it stays there.

    Parameters
    ----------
    template : `masks/s[12]_*_mask.fits`.
    pattern : `stamps/s[12]_*_im.fits`.
    file : that the pattern matches: `stamps/s1_a_im.fits`.

    Raises
    ------
    InputError
        Where the wildcards differ, or may stand for more than one text.
    """
    own, own_hdu = _without_hdu(template)
    parts, wanted = _parts(_without_hdu(pattern)[0]), _parts(own)
    kinds = [_kind(part) for part in parts if _kind(part)]
    asked = [_kind(part) for part in wanted if _kind(part)]
    if not asked:
        return template
    if asked == kinds:
        used = range(len(kinds))
    else:
        used = [i for i, kind in enumerate(kinds) if kind == "*"]
        if set(asked) != {"*"} or len(asked) != len(used):
            raise InputError(
                f"{template} has other wildcards than {pattern}; write the same ones in"
                " the same order"
            )
    filled = set()
    for greedy in (True, False):  # alike, unless more than one text would do
        expression = "".join(_expression(part, greedy) for part in parts)
        found = re.fullmatch(expression, _without_hdu(file)[0], re.DOTALL)
        if found is None:
            raise InputError(f"the file {file} does not match {pattern}")
        texts = iter([found.groups()[i] for i in used])
        filled.add("".join(next(texts) if _kind(part) else part for part in wanted))
    if len(filled) > 1:
        raise InputError(
            f"{template} is not clear for {file}: the wildcards of {pattern} may stand"
            f" for more than one text ({' or '.join(sorted(filled))}); write them so"
            " that only one will do"
        )
    return filled.pop() + own_hdu


def _without_hdu(spec: str) -> tuple[str, str]:
    """Split `x_*.fits[DQ]` into `x_*.fits` and `[DQ]`; a class of letters stays."""
    path, hdu = split_hdu(spec)
    if hdu is None or not is_fits(path):
        return spec, ""
    return path, spec[len(path) :]


def _parts(pattern: str) -> list[str]:
    """Split a pattern into its wildcards and the texts between them."""
    plain = re.sub("/+", "/", pattern)
    plain = re.sub(r"(?<=[^/*])\*{2,}|\*{2,}(?=[^/*])", "*", plain)  # as glob takes it
    return [part for part in _WILDCARD.split(plain) if part]


def _kind(part: str) -> str:
    """Tell a wildcard by what it may stand for: `**`, `*` or `?`; "" for a text."""
    if not _WILDCARD.fullmatch(part):
        return ""
    return "?" if part[0] in "?[" else "**" if part.startswith("**") else "*"


def _expression(part: str, greedy: bool) -> str:
    """Return the regular expression of a part, a group if it is a wildcard."""
    lazy = "" if greedy else "?"
    match _kind(part):
        case "**":
            return f"((?:[^/]+/)*{lazy})" if part.endswith("/") else f"(.*{lazy})"
        case "*":
            return f"([^/]*{lazy})"
        case "?":
            return f"({'[^/]' if part == '?' else _letters(part)})"
    return re.escape(part)


def _letters(part: str) -> str:
    """Return the regular expression of a class of letters, `[ab]` or `[!ab]`."""
    inner = part[1:-1].replace("\\", r"\\").replace("[", r"\[")
    if inner[0] == "!":
        inner = "^" + inner[1:]
    elif inner[0] == "^":
        inner = "\\" + inner
    return f"[{inner}]"
