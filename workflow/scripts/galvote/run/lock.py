"""One run at a time in a folder that can be written, however the last one ended."""

import atexit
import fcntl
import os
import platform
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from galvote.base.errors import InputError

RUN = Path(".snakemake/galvote.lock")  # held by the run
JOBS = Path(".snakemake/galvote.jobs")  # shared by its jobs, which may outlive it

BEAT = 20.0  # seconds between two signs of life of a run
SILENCE = 120.0  # seconds after which a run on another host counts as killed

_held: dict[Path, int] = {}  # for as long as the process lives


def hold() -> None:
    """Keep the folder of this run until this process ends, killed or not.

    The operating system gives the lock back, so that none is ever left over. On some
    file systems a lock counts on its host alone, so that the file also names the host
    of the run, which touches it as long as it lives and empties it at its end.

    Raises
    ------
    InputError
        Where another run holds it, or jobs of one that was killed are still at work.
    """
    if RUN.absolute() in _held:
        return
    descriptor = _open(RUN)
    if not _lock(descriptor, fcntl.LOCK_EX):
        raise InputError(
            f"another run is at work in this folder ({_owner(descriptor)}); wait for it"
            " to end, or stop it"
        )
    _refuse_other_host(descriptor)
    jobs = _open(JOBS)
    if not _lock(jobs, fcntl.LOCK_EX):
        raise InputError(
            "jobs of an earlier run are still at work in this folder; wait for them to"
            " end, or stop them"
        )
    os.close(jobs)
    os.truncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {platform.node()}".encode())
    _held[RUN.absolute()] = descriptor
    atexit.register(os.truncate, descriptor, 0)
    threading.Thread(target=_live, args=[descriptor], daemon=True).start()


def _owner(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode(errors="replace").strip()


def _refuse_other_host(descriptor: int) -> None:
    """Refuse where a run of another host has shown a sign of life lately.

    Both dates are made by the file system, as the clocks of two hosts may differ.
    """
    owner = _owner(descriptor)
    if not owner or owner.endswith(f" on {platform.node()}"):
        return
    JOBS.touch()
    silent = JOBS.stat().st_mtime - os.stat(descriptor).st_mtime
    if silent < SILENCE:
        raise InputError(
            f"another run is at work in this folder ({owner}, last seen {silent:.0f} s"
            " ago); wait for it to end, or stop it there; if it was killed, run again"
            f" in {SILENCE - silent:.0f} s"
        )


def _live(descriptor: int) -> None:
    """Touch the file of this run for ever."""
    while True:
        with suppress(OSError):  # a file system that is away for a while
            os.utime(descriptor)
        time.sleep(BEAT)


def join() -> None:
    """Count as a job of the run in this folder until this process ends."""
    if JOBS.parent.is_dir() and JOBS.absolute() not in _held:
        descriptor = _open(JOBS)
        _lock(descriptor, fcntl.LOCK_SH)
        _held[JOBS.absolute()] = descriptor


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def _lock(descriptor: int, kind: int) -> bool:
    """Try to lock; a file system without locks counts as locked."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if kind == fcntl.LOCK_EX:
            print(f"galvote: no locks on this file system: {error}", file=sys.stderr)
    return True


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
