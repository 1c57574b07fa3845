"""What the tests in MXNet's environment share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def freed_memory() -> Iterator[None]:
    """For tests of large networks, which refer to themselves: only a collection frees them."""
    yield
    gc.collect()
