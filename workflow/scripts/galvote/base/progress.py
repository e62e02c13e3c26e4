"""How far a job is, on the screen and in its log."""

import logging
import time
from collections.abc import Iterable, Iterator

import pandas as pd
from tqdm import tqdm

log = logging.getLogger("galvote")
steps = logging.getLogger("galvote.steps")  # on the screen only where no bar is shown
LOG_EVERY = 30.0  # seconds between two lines of progress


def counted(values: pd.Series) -> str:
    """Write how often each value occurs: `voted 46, disagreement 3`."""
    return ", ".join(f"{value} {n}" for value, n in values.value_counts().items())


def progress(items: Iterable, what: str, total: int | None = None) -> Iterator:
    """Yield `items` and show how far they are.

    A bar where a person watches a terminal; in the log a line every half minute.
    """
    last = time.monotonic()
    bar = tqdm(items, desc=what, total=total, disable=None, leave=False)
    for number, item in enumerate(bar, start=1):
        yield item
        if time.monotonic() - last > LOG_EVERY:
            last = time.monotonic()
            of = f" of {bar.total}" if bar.total else ""
            steps.info("%s: %d%s", what, number, of)
