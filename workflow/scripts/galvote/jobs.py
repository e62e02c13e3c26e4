"""What every script does around its work: threads, log, progress, plain errors."""

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from galvote.errors import InputError

log = logging.getLogger("galvote")


@contextmanager
def job(log_path: str, threads: int) -> Iterator[None]:
    """Run the body with a log file and a fixed number of compute threads.

    The number of threads changes the last bits of results, so it comes from the
    config and never from what the scheduler happens to grant. A user's mistake ends
    the script with its sentence on the screen; any other error leaves its traceback in
    the log and one line on the screen.
    """
    to_file = logging.FileHandler(log_path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file], force=True)
    logging.captureWarnings(True)
    try:
        with threadpool_limits(threads):
            if "torch" in sys.modules:
                sys.modules["torch"].set_num_threads(threads)
            yield
    except InputError as error:
        log.error("%s", error)
        sys.exit(f"galvote: {error}")
    except Exception as error:
        log.exception("unexpected error")
        kind = type(error).__name__
        sys.exit(f"galvote: {kind}: {error} (the traceback is in {log_path})")


def progress(items: Iterable, what: str, total: int | None = None) -> Iterable:
    """Wrap `items` in a progress bar, shown where a person watches a terminal."""
    return tqdm(items, desc=what, total=total, disable=None, leave=False)
