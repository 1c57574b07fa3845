"""Prefetching: in order, bounded, errors where they belong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from training_api.prefetch import Prefetch


def tasks(count: int, begun: list[int], fails_at: int = -1) -> Iterator[Callable[[], int]]:
    def task(number: int) -> int:
        begun.append(number)
        time.sleep(0.001 * (number % 3))
        if number == fails_at:
            raise ValueError(f"task {number}")
        return number

    return ((lambda number=number: task(number)) for number in range(count))


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_results_come_in_order(workers: int) -> None:
    with Prefetch(tasks(50, []), workers) as results:
        assert list(results) == list(range(50))


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_an_error_is_raised_in_its_place(workers: int) -> None:
    with Prefetch(tasks(10, [], fails_at=4), workers) as results:
        assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
        with pytest.raises(ValueError, match="task 4"):
            next(results)


def test_work_begins_at_once_but_only_a_few_ahead() -> None:
    begun: list[int] = []
    with Prefetch(tasks(100, begun), 2, ahead=3) as results:
        deadline = time.monotonic() + 120
        while len(begun) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert sorted(begun) == [0, 1, 2, 3, 4]
        assert next(results) == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]
