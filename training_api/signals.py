"""Requests to end from outside the job: SIGTERM and SIGINT."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def end_requests(handler: Callable[[], None]) -> Iterator[None]:
    """Meanwhile call `handler` instead of ending the process at once.

    Outside the main thread nothing changes: whoever runs there is ended by its owner.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: handler()) for number in numbers]
    try:
        yield
    finally:
        for number, previous in zip(numbers, before, strict=True):
            signal.signal(number, previous)
