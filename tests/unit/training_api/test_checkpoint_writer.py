"""Writing beside the training: snapshots, order, and failures that surface."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training_api.checkpoint_writer import CheckpointWriter
from training_api.checkpoints import Checkpoint, CheckpointStore
from training_api.progress import Progress
from training_api.spec.errors import OutOfSpace


class Rig:
    """A writer whose store can be made slow, over an engine of one number."""

    def __init__(self, folder: Path) -> None:
        self.weights = np.zeros(3, np.float32)
        self.saved: list[str] = []
        self.notices: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.store = CheckpointStore(folder)
        self.store.sweep()
        self.writer = self.resumed("")

    def resumed(self, name: str) -> CheckpointWriter:
        return CheckpointWriter(self.store, self._state, self._saved, self.notices.append, name)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"weights": self.weights}, {}

    def _saved(self, checkpoint: Checkpoint) -> None:
        self.gate.wait(120)
        self.saved.append(checkpoint.name)

    def epoch(self, number: int, best: bool = False) -> None:
        self.weights[:] = number
        self.writer.after_validation(Progress(epoch=number + 1, step=number), best)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "checkpoints")


def test_a_snapshot_is_not_changed_by_what_follows(rig: Rig) -> None:
    rig.epoch(1, best=True)
    rig.weights[:] = 99
    rig.writer.finish(None)
    found = rig.store.latest()
    assert found is not None and found.tensors["weights"].tolist() == [1, 1, 1]


def test_a_better_one_waits_while_another_is_written(rig: Rig) -> None:
    rig.gate.clear()
    rig.epoch(1, best=True)
    rig.epoch(2, best=True)
    rig.epoch(3, best=True)
    rig.epoch(4)
    rig.gate.set()
    rig.writer.finish(Progress(epoch=6, step=5))
    best = rig.store.best()
    assert best is not None and best.progress.step == 3 and best.tensors["weights"][0] == 3
    assert [name[5:14] for name in rig.saved] == ["000000001", "000000003", "000000005"]


def test_the_last_state_does_not_replace_the_same_state_marked_best(rig: Rig) -> None:
    rig.gate.clear()
    rig.epoch(1)
    rig.epoch(2, best=True)
    rig.gate.set()
    rig.writer.finish(Progress(epoch=3, step=2))
    best = rig.store.best()
    assert best is not None and best.progress.step == 2
    rig.writer.finish(Progress(epoch=3, step=2))
    assert rig.store.best() is not None


def test_a_resumed_run_that_stops_at_once_writes_nothing(rig: Rig) -> None:
    rig.epoch(1, best=True)
    rig.writer.finish(None)
    again = rig.resumed(rig.saved[0])
    again.finish(Progress(epoch=2, step=1))
    assert rig.saved == rig.saved[:1] and rig.store.best() is not None


def test_infinite_weights_are_never_written(rig: Rig) -> None:
    rig.epoch(1, best=True)
    rig.writer.finish(None)
    rig.weights[:] = 2
    rig.writer.finish(Progress(epoch=3, step=2))
    rig.weights[:] = np.nan
    rig.writer.finish(Progress(epoch=9, step=9))
    found = rig.store.latest()
    assert found is not None and found.progress.step == 2
    assert len(rig.notices) == 1 and "not finite" in rig.notices[0]


def test_a_failed_write_is_raised_by_the_next_call(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(checkpoint: Checkpoint) -> str:
        raise OutOfSpace("The disk is full.")

    monkeypatch.setattr(rig.store, "save", full)
    rig.epoch(1)
    with pytest.raises(OutOfSpace):
        rig.writer.finish(None)


def test_short_epochs_are_not_all_written_when_writing_is_slow(rig: Rig) -> None:
    rig.epoch(1, best=True)
    rig.writer.finish(None)
    rig.writer._cost = 1.0  # as if the last write had taken a second
    for number in range(2, 30):
        rig.epoch(number, best=number == 7)
    assert len(rig.saved) == 1
    rig.writer.finish(Progress(epoch=31, step=30))
    assert [name[5:14] for name in rig.saved] == ["000000001", "000000007", "000000030"]


def test_long_epochs_are_saved_in_between(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.writer.between_validations(Progress(epoch=1, epoch_step=5, step=5))
    assert rig.store.names() == []
    monkeypatch.setattr("training_api.checkpoint_writer.LONGEST_GAP", 0.0)
    rig.writer.between_validations(Progress(epoch=1, epoch_step=6, step=6))
    rig.writer.finish(None)
    assert rig.store.names() == ["step-000000006"]
