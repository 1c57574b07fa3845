"""Doing a series of tasks in threads, a few ahead of their consumer, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Prefetch(Generic[T]):
    """Iterates over the results of `tasks`. Work begins at once; what a task raises, `next` raises.

    `workers` 0 does each task when its result is asked for.
    """

    def __init__(self, tasks: Iterator[Callable[[], T]], workers: int, ahead: int = 2) -> None:
        self._tasks = tasks
        self._pool = ThreadPoolExecutor(workers, "loader") if workers else None
        self._running: deque[Future[T]] = deque()
        for _ in range(workers + ahead if workers else 0):
            self._submit()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._pool is None:
            return next(self._tasks)()
        if not self._running:
            raise StopIteration
        future = self._running.popleft()
        self._submit()
        return future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what has not begun and wait for the rest."""
        self._tasks = iter(())
        self._running.clear()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _submit(self) -> None:
        task = next(self._tasks, None)
        if task is not None and self._pool is not None:
            self._running.append(self._pool.submit(task))
