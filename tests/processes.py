"""Other programs: each has a time limit, and what it started ends with it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LIMIT = 900.0  # seconds; the slowest whole run takes a fraction of it
SEPARATE = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
AS_ONE = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}


@contextmanager
def started(command: list, **options: object) -> Iterator[subprocess.Popen]:
    """Start a program as a process group, and kill what is left of it at the end."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        kill(process)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def kill(process: subprocess.Popen) -> None:
    """Kill a program of `started` and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=LIMIT)


def run(
    command: list, *, check: bool = False, timeout: float = LIMIT, **options: object
) -> subprocess.CompletedProcess:
    """Run a program to its end and return its code and what it wrote, as text.

    Raises
    ------
    subprocess.TimeoutExpired
        Where it takes longer than `timeout` seconds.
    """
    with started(command, **(SEPARATE | {"text": True} | options)) as process:
        streams = process.communicate(timeout=timeout)
    done = subprocess.CompletedProcess(command, process.returncode, *streams)
    assert not check or done.returncode == 0, done
    return done


def wait_until(is_so: Callable[[], object], pause: float = 0.01) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + LIMIT
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)
