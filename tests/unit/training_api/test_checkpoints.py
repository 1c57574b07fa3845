"""Checkpoints: whole or absent, verified, and never without a predecessor."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training_api.checkpoints import MANIFEST, STATE, TENSORS, Checkpoint, CheckpointStore
from training_api.progress import Progress
from training_api.spec.errors import OutOfSpace


def checkpoint(step: int, best: bool = False) -> Checkpoint:
    tensors = {
        "model/weight": np.full((3, 2), step, np.float32),
        "model/steps": np.array(step, np.int64),
        "optimizer/strided": np.arange(12, dtype=np.float32).reshape(3, 4).T,
    }
    return Checkpoint(tensors, {"rng": 2**100 + step}, Progress(epoch=2, step=step), best)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "checkpoints")
    store.sweep()
    assert store.latest() is None and store.best() is None
    store.save(checkpoint(7, best=True))

    found = store.latest()

    assert found is not None and found.best and found.progress == Progress(epoch=2, step=7)
    assert found.engine == {"rng": 2**100 + 7}
    for name, array in checkpoint(7).tensors.items():
        assert np.array_equal(found.tensors[name], array)
        assert found.tensors[name].dtype == array.dtype
        assert found.tensors[name].shape == array.shape


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for step in range(1, 8):
        store.save(checkpoint(step, best=step in (1, 3)))
    assert [name[5:14] for name in store.names()] == ["000000003", "000000006", "000000007"]
    best = store.best()
    assert best is not None and best.progress.step == 3


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 16
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("file", [TENSORS, STATE, MANIFEST])
@pytest.mark.parametrize("harm", [cut, flip, Path.unlink])
def test_a_damaged_checkpoint_is_passed_over_with_a_notice(
    tmp_path: Path, file: str, harm: Callable[[Path], None]
) -> None:
    notices: list[str] = []
    store = CheckpointStore(tmp_path, notices.append)
    store.save(checkpoint(1))
    last = store.save(checkpoint(2))
    harm(tmp_path / last / file)

    found = store.latest()

    assert found is not None and found.progress.step == 1
    assert len(notices) == 1 and last in notices[0]


def test_a_damaged_newer_checkpoint_pushes_out_no_whole_one(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(checkpoint(1))
    damaged = store.save(checkpoint(9, best=True))
    cut(tmp_path / damaged / TENSORS)
    store.set_aside_after(store.latest())
    best = store.save(checkpoint(2, best=True))
    store.save(checkpoint(3))
    found = store.best()
    assert found is not None and found.name == best
    assert (tmp_path / f"damaged-{damaged}").is_dir(), "nothing is deleted"


def test_a_checkpoint_damaged_again_can_be_set_aside_again(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for _ in range(2):
        name = store.save(checkpoint(1))
        cut(tmp_path / name / TENSORS)
        assert store.set_aside_after(store.latest()) == [name]
    assert store.names() == []


def test_half_written_folders_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".tmp-step-1").mkdir()
    (tmp_path / ".tmp-step-1" / TENSORS).write_bytes(b"half")
    store = CheckpointStore(tmp_path)
    assert store.latest() is None
    store.sweep()
    assert list(tmp_path.iterdir()) == []


def test_infinite_weights_are_noticed() -> None:
    assert checkpoint(1).is_finite
    for value in (np.nan, np.inf, -np.inf):
        broken = checkpoint(1)
        broken.tensors["model/weight"][1, 1] = value
        assert not broken.is_finite


_CALLS = ("mkdir", "replace", "fsync", "open", "write")


def test_a_full_disk_at_any_moment_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th call that touches the disk fails, for every n until none does."""
    failures = 0
    for n in range(200):
        folder = tmp_path / str(n)
        store = CheckpointStore(folder)
        store.sweep()
        store.save(checkpoint(1))
        with monkeypatch.context() as patch:
            _fail_at(patch, n)
            try:
                store.save(checkpoint(2))
                break
            except OutOfSpace:
                failures += 1
        found = CheckpointStore(folder).latest()
        assert found is not None and found.progress.step in (1, 2)
        assert not list(folder.glob(".tmp-*"))
    assert failures >= 8


def _fail_at(patch: pytest.MonkeyPatch, n: int) -> None:
    count = iter(range(10_000))

    def failing(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if next(count) == n:
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **kwargs)

        return wrapped

    for name in _CALLS:
        patch.setattr(os, name, failing(getattr(os, name)))
