"""One run at a time in a folder that can be written, however the last one ended."""

import fcntl
import os
import platform
from pathlib import Path

from galvote.errors import InputError

_held: dict[Path, int] = {}  # for as long as the process lives


def hold(path: Path) -> None:
    """Keep the lock file at `path` until this process ends, killed or not.

    The operating system gives the lock back, so that none is ever left over.

    Raises
    ------
    InputError
        Where another process holds it.
    """
    path = path.absolute()
    if path in _held:
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 200).decode(errors="replace").strip()
        os.close(descriptor)
        raise InputError(
            f"another run is at work in this folder ({owner}); wait for it to end, or"
            " stop it"
        ) from None
    except OSError:
        pass  # a file system without locks
    os.truncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {platform.node()}".encode())
    _held[path] = descriptor


def check_writable(*folders: Path) -> None:
    """Refuse folders that cannot be written; of a missing one its parent counts.

    Raises
    ------
    InputError
        That names the folder.
    """
    for folder in folders:
        place = folder.absolute()
        while not place.exists():
            place = place.parent
        if not os.access(place, os.W_OK):
            raise InputError(
                f"the folder {place} cannot be written; give the right to write there,"
                " or run in a folder of your own with `--directory`"
            )
