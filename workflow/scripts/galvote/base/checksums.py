"""SHA-256 checksums of input files, as `sha256sum` writes them."""

import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from galvote.base.files import whole_file

BLOCKS, BLOCK_SIZE = 16, 4096  # of a sampled digest; bytes
SMALL = 4_000_000  # bytes; of a file no larger a sampled digest counts all


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_checksums(paths: Iterable[str | Path], target: str | Path) -> None:
    """Write a line `<sha256>  <path>` for each file; `sha256sum --check` reads it.

    Files that cannot be read are left out. The date of `target` is when the first file
    was read.
    """
    start = time.time()
    found = {path: current_checksum(Path(path), {}, 0.0) for path in paths}
    lines = [_line(digest, str(path)) for path, digest in found.items() if digest]
    with whole_file(target) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
        os.utime(partial, (start, start))


def _line(digest: str, path: str) -> str:
    """Write a line as `sha256sum` does, a name of several lines escaped."""
    escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "" if escaped == path else "\\"
    return f"{mark}{digest}  {escaped}\n"


def _unescaped(path: str) -> str:
    ends = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: ends.get(found[1], found[1]), path)


def sampled_digest(path: Path) -> str | None:
    """Return a digest of a file's size and of blocks spread over it, None without one.

    Cheap for files of any size, for telling one exposure from another; of a small file
    every byte counts.
    """
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        digest.update(str(size).encode())
        with path.open("rb") as stream:
            if size <= SMALL:
                digest.update(stream.read())
                return digest.hexdigest()[:16]
            for number in range(BLOCKS):
                stream.seek(number * max(size - BLOCK_SIZE, 0) // (BLOCKS - 1))
                digest.update(stream.read(BLOCK_SIZE))
    except OSError:
        return None
    return digest.hexdigest()[:16]


def read_checksums(path: str | Path) -> dict[str, str]:
    """Return path -> SHA-256 of what `write_checksums` wrote; {} without a file."""
    path = Path(path)
    if not path.is_file():
        return {}
    known = {}
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        digest, _, file = line.partition("  ")
        known[_unescaped(file) if line[0] == "\\" else file] = digest.lstrip("\\")
    return known


def current_checksum(path: Path, known: dict[str, str], since: float) -> str | None:
    """Return the SHA-256 of a file, from `known` where it has not been changed since.

    The time of the last change of its inode counts: unlike the date of the content
    nobody can set it back.

    Parameters
    ----------
    path : of the file; None is returned where there is none.
    known : from `read_checksums`.
    since : when these were taken (seconds since 1970).
    """
    try:
        if not path.is_file():  # reading a pipe would wait for ever
            return None
        changed = max(path.stat().st_ctime, path.lstat().st_ctime)
        unchanged = changed < since and str(path) in known
        return known[str(path)] if unchanged else sha256_of(path)
    except (OSError, ValueError):
        return None
