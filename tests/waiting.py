"""Waiting for what must come, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

PATIENCE = 300.0
"""Seconds that a test waits at most: suites run side by side."""


def until(found: Callable[[], Any], told: Sequence[str] = ()) -> Any:
    """What `found` gives as soon as it is true; fails after PATIENCE, with the end of `told`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("\n".join(["waited in vain", *told[-20:]]))
