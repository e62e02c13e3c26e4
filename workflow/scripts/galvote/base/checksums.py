"""SHA-256 checksums of input files, as `sha256sum` writes them."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from galvote.base.files import whole_file

BLOCKS, BLOCK_SIZE = 16, 4096  # of a sampled digest; bytes
STATES = ".states"  # ending
SMALL = 4_000_000  # bytes; of a file no larger a sampled digest counts all


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_checksums(paths: Iterable[str | Path], target: str | Path) -> None:
    """Write a line `<sha256>  <path>` for each file; `sha256sum --check` reads it.

    Files that cannot be read are left out. Beside it a file of the ending `STATES` has
    the state of each when it was read, in the same order.
    """
    lines, states = [], []
    for path in paths:
        state = _state_of(Path(path))  # before: a change while it is read shows later
        digest = current_checksum(Path(path), {})
        if digest is not None:
            lines.append(_line(digest, str(path)))
            states.append(f"{state}\n")
    for file, text in ((target, lines), (states_of(target), states)):
        with whole_file(file) as partial:
            partial.write_text("".join(text), encoding="utf-8")


def states_of(record: str | Path) -> Path:
    """Name the file of states that belongs to a file of checksums."""
    return Path(record).with_suffix(STATES)


def _state_of(path: Path) -> str:
    """Say by which numbers a change of a file shows; empty where there is none.

    The time of the last change of its inode is among them, which nobody can set back.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


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


def read_records(path: str | Path) -> dict[str, tuple[str, str]]:
    """Return path -> SHA-256 and state of what `write_checksums` wrote.

    {} where a file is missing, or the two do not belong together.
    """
    known, states = read_checksums(path), states_of(path)
    lines = states.read_text(encoding="utf-8").splitlines() if states.is_file() else []
    if len(lines) != len(known):
        return {}
    return {
        file: (digest, state)
        for (file, digest), state in zip(known.items(), lines, strict=True)
    }


def current_checksum(path: Path, known: dict[str, tuple[str, str]]) -> str | None:
    """Return the SHA-256 of a file, from `known` where it is in the same state.

    No clocks are compared: a machine whose clock is off may have written the file.

    Parameters
    ----------
    path : of the file; None is returned where there is none.
    known : from `read_records`.
    """
    try:
        if not path.is_file():  # reading a pipe would wait for ever
            return None
        digest, state = known.get(str(path), ("", ""))
        return digest if state and state == _state_of(path) else sha256_of(path)
    except (OSError, ValueError):
        return None
