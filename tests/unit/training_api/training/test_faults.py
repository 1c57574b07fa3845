"""Runs that cannot succeed end with a reason, and lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import LEARNS, events_of, make_dataset, make_job
from training_api.checkpoints import CheckpointStore
from training_api.engines.base import Images, Labels
from training_api.reasons import EXIT_DISK_FULL, EXIT_FAILED
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import OutOfSpace, SegsmithError
from training_api.trainer import run_attempt


class Diverging(NumpyEngine):
    """Its loss is not a number from the seventh step on."""

    steps = 0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        return float("nan") if self.steps > 6 else super().train_step(images, labels, learning_rate)


def test_divergence_keeps_the_last_finite_checkpoint(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, Diverging) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "diverged" and "lower learning rate" in failed["message"]
    assert "step 9" in failed["message"]
    found = CheckpointStore(job.checkpoints_path).latest()
    assert found is not None and found.progress.step == 4 and found.is_finite


class Hiccup(NumpyEngine):
    """Two losses in a row that are not finite, twice."""

    steps = 0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        if self.steps in (6, 7, 9, 10):
            return float("inf")
        return super().train_step(images, labels, learning_rate)


def test_fewer_than_three_in_a_row_are_survived(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, Hiccup) == 0
    told = events_of(job, "validation")
    assert len(told) == 6 and told[-1]["validation_loss"] < 0.7 * told[0]["validation_loss"]


def test_a_file_changed_during_training_ends_it_by_name(home: Path) -> None:
    version = make_dataset(home / "parts")
    job = make_job(home, version, **LEARNS)
    victim = home / "parts" / "images" / "part 004.png"
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    assert run_attempt(job.path, 1, NumpyEngine) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "bad_data" and "images/part 004.png" in failed["message"]


def test_an_unknown_network_is_refused(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, {"network": {"name": "nonsense"}}, **LEARNS)
    assert run_attempt(job.path, 1, NumpyEngine) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "invalid_spec" and "nonsense" in failed["message"]


@pytest.mark.parametrize(
    ("error", "reason", "code"),
    [
        (MemoryError(), "out_of_memory", EXIT_FAILED),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "out_of_memory", EXIT_FAILED),
        (OSError(28, "No space left on device"), "disk_full", EXIT_DISK_FULL),
        (OutOfSpace("The disk is full."), "disk_full", EXIT_DISK_FULL),
        (RuntimeError("some fault"), "error", EXIT_FAILED),
    ],
)
def test_an_engines_fault_gets_its_reason(
    home: Path, version: DatasetVersion, error: Exception, reason: str, code: int
) -> None:
    class Failing(NumpyEngine):
        def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
            raise error

    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, Failing) == code
    assert [event["reason"] for event in events_of(job, "failed")] == [reason]


def test_sizes_that_the_network_cannot_take_are_refused(
    home: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_api.networks.torch.unet.NETWORK.smallest", 64)
    job = make_job(home, version, **LEARNS)
    assert run_attempt(job.path, 1, NumpyEngine) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "invalid_spec"
    assert failed["message"].startswith("base_size: gives images of 32×32 pixels")


class Cornered(NumpyEngine):
    """Its first step waits for a device whose process crashed, and ends the process."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        class Crashed(SegsmithError):
            code = "crashed"

        assert self._setup.fatal is not None
        self._setup.fatal(Crashed("The process that trains on GPU-b crashed."))
        raise KeyboardInterrupt  # tells nobody, as the end of a process


def test_a_step_that_cannot_return_leaves_its_reason(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version)
    with pytest.raises(KeyboardInterrupt):
        run_attempt(job.path, 1, Cornered)
    (failed,) = events_of(job, "failed")
    assert (failed["reason"], failed["message"][-8:]) == ("crashed", "crashed.")


class Broken(NumpyEngine):
    """Its steps fail."""

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        raise ValueError("sizes do not fit")

    def close(self) -> None:
        print("closed")


def test_a_run_that_fails_lets_its_engine_clean_up(
    home: Path, version: DatasetVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_attempt(make_job(home, version).path, 1, Broken) == EXIT_FAILED
    assert "closed\n" in capsys.readouterr().out
