"""What the tests in MXNet's environment share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from training_api.engines import gluoncv_precision


@pytest.fixture
def freed_memory() -> Iterator[None]:
    """For tests of large networks, which refer to themselves: only a collection frees them."""
    yield
    gc.collect()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small convolutions are computed in bfloat16 too, though it does not pay."""
    monkeypatch.setattr(gluoncv_precision, "CHANNELS", 16)
    monkeypatch.setattr(gluoncv_precision, "PIXELS", 1)
