"""What every script does around its work: threads, log, plain errors."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from galvote.base.errors import InputError, explain_system_error
from galvote.base.progress import log, steps
from galvote.run import lock


@contextmanager
def job(log_path: str, threads: int) -> Iterator[None]:
    """Run the body with a log file and a fixed number of compute threads.

    The number of threads changes the last bits of results, so it comes from the
    config and never from what the scheduler happens to grant. A user's mistake ends
    the script with its sentence on the screen, and so does a disk that is full or
    cannot be written; any other error leaves its traceback in the log and one line on
    the screen.
    """
    lock.join()
    with _open_log(log_path) as stream:
        _log_to(stream)
        try:
            with threadpool_limits(threads):
                if "torch" in sys.modules:
                    sys.modules["torch"].set_num_threads(threads)
                yield
        except InputError as error:
            _stop(str(error))
        except Exception as error:
            sentence = explain_system_error(error)
            if sentence is not None:
                _stop(sentence)
            log.exception("unexpected error")
            kind = type(error).__name__
            _stop(f"{kind}: {error} (the traceback is in {log_path})")


def _stop(sentence: str) -> None:
    log.error("%s", sentence)
    sys.exit(f"galvote: {sentence}")


@contextmanager
def _open_log(path: str) -> Iterator[TextIO]:
    stream = Path(path).open("w", encoding="utf-8")  # noqa: SIM115, closed below
    try:
        yield stream
    finally:
        with suppress(OSError):  # its last line may not fit on a full disk
            stream.close()


class AroundBars(logging.Handler):
    """Writes lines to the screen, above the bars of `progress`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        tqdm.write(self.format(record), file=sys.stderr)


def _log_to(stream: TextIO) -> None:
    logging.raiseExceptions = False  # a full disk must not hide its own error
    to_file = logging.StreamHandler(stream)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file], force=True)
    logging.captureWarnings(True)
    to_screen = AroundBars()
    to_screen.setFormatter(logging.Formatter("    %(message)s"))
    to_screen.addFilter(
        lambda record: (
            record.levelno in (logging.INFO, logging.WARNING)
            and not (record.name == steps.name and sys.stderr.isatty())
        )
    )
    log.handlers = [to_screen]
