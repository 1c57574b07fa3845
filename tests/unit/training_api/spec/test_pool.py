"""The child pool: results, errors, deaths, time and memory limits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from training_api.spec.errors import InvalidDataset
from training_api.spec.pool import ChildFailed, ChildPool


def double(value: int) -> int:
    return 2 * value


def refuse() -> None:
    raise InvalidDataset("labels/a.png is empty; replace it.", field="dataset")


def die() -> None:
    os.abort()


def hang() -> None:
    time.sleep(600)


def fill(size: int) -> int:
    return len(bytearray(size))


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    pool = ChildPool(size=1, seconds=300, memory=2 << 30)
    yield pool
    pool.close()


def test_a_function_runs_in_a_child(pool: ChildPool) -> None:
    assert pool.run(double, 21) == 42
    assert pool.run(os.getpid) != os.getpid()


def test_children_are_kept(pool: ChildPool) -> None:
    assert pool.run(os.getpid) == pool.run(os.getpid)


def test_our_errors_keep_message_and_field(pool: ChildPool) -> None:
    with pytest.raises(InvalidDataset, match="is empty") as caught:
        pool.run(refuse)
    assert caught.value.field == "dataset"


def test_a_dead_child_is_an_error_and_is_replaced(pool: ChildPool) -> None:
    with pytest.raises(ChildFailed, match="died"):
        pool.run(die)
    assert pool.run(double, 1) == 2


def test_a_hanging_child_is_ended(pool: ChildPool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pool.run(double, 1) == 2  # it has started, however long that took
    monkeypatch.setattr(pool, "_seconds", 0.5)
    with pytest.raises(ChildFailed, match="longer than"):
        pool.run(hang)


def test_memory_is_limited(pool: ChildPool) -> None:
    with pytest.raises(ChildFailed, match="MemoryError"):
        pool.run(fill, 4 << 30)
    assert pool.run(double, 1) == 2
