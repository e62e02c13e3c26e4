"""Work goes on at once, comes back in order, and does not run far ahead."""

import threading
import time

import pytest

from galvote.base.parallel import AHEAD, in_order


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_items(workers):
    def slow_at_first(number):
        time.sleep(0.02 if number == 0 else 0.0)
        return number * number

    assert list(in_order(slow_at_first, range(20), workers)) == [
        number * number for number in range(20)
    ]


def test_work_goes_on_at_once():
    together = threading.Barrier(3)
    results = in_order(lambda _: together.wait(timeout=30) >= 0, range(3), 3)
    assert list(results) == [True] * 3


def test_items_are_taken_only_as_results_are():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_order(lambda number: number, items(), 2)
    next(results)
    assert len(taken) <= 2 * AHEAD + 1
    assert sum(results) == sum(range(1000))


def test_an_error_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda number: 1 // number, [1, 0], 1))
