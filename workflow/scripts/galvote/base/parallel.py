"""Work on several things at once, in their order and with bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 2  # results of each worker that may wait to be taken


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Yield `work(item)` of all items in their order; `workers` threads do it."""
    with ThreadPoolExecutor(workers) as pool:
        coming = deque()
        for item in items:
            coming.append(pool.submit(work, item))
            if len(coming) > AHEAD * workers:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
