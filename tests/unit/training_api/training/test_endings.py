"""Runs that are validated at other times, and runs that end before their last epoch."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.numpy_engine import NumpyEngine
from tests.ticking import Ticking
from tests.training_jobs import LEARNS, events_of, make_job
from training_api.engines.base import Images, Labels
from training_api.reasons import EXIT_FAILED
from training_api.spec.dataset import DatasetVersion
from training_api.spec.model import verify_model
from training_api.trainer import run_attempt


def test_validations_within_epochs_are_told_with_their_places(
    home: Path, version: DatasetVersion
) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 2, "validate_every_steps": 3})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    told = events_of(job, "validation")
    assert [(event["step"], event["epoch"]) for event in told] == [
        (3, 0.75), (4, 1), (6, 1.5), (8, 2),
    ]  # fmt: skip
    with job.metrics_path.open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0.75", "1", "1.5", "2"]
    for event in events_of(job, "sample"):
        assert all((job.path / entry["prediction"]).is_file() for entry in event["samples"])
    assert [event["epoch"] for event in events_of(job, "sample")] == [0.75, 1, 1.5, 2]


def test_epochs_without_validation(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 5, "validate_every_epochs": 2})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    assert [event["epoch"] for event in events_of(job, "validation")] == [2, 4, 5]
    progress = events_of(job, "progress")[-1]
    assert (progress["epochs"], progress["steps"]) == (5, 20)


def test_a_run_ends_after_its_steps_with_a_schedule_that_knows(
    home: Path, version: DatasetVersion
) -> None:
    job = make_job(home, version, **LEARNS | {"max_steps": 10})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    (finished,) = events_of(job, "finished")
    assert finished["epochs"] == 2.5 and not finished["stopped"]
    assert finished["ended"] == "Stop after steps: 10 steps are done."
    assert finished["ended"] in [event["message"] for event in events_of(job, "notice")]
    last = events_of(job, "validation")[-1]
    assert last["step"] == 10 and last["lr"] < 0.05 * LEARNS["learning_rate"]
    assert verify_model(home / "models" / "model-1").metrics["miou"] == finished["best_miou"]


def test_a_run_ends_after_its_minutes_and_publishes(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"epochs": 50_000, "max_minutes": 0.005})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    (finished,) = events_of(job, "finished")
    assert "0.005 minutes" in finished["ended"] and not finished["stopped"]
    assert events_of(job, "validation")[-1]["step"] < 200_000
    assert (home / "models" / finished["model_id"] / "manifest.json").is_file()
    remaining = events_of(job, "progress")[-1]["remaining_seconds"]
    assert remaining is None or remaining <= 0.3


@pytest.mark.parametrize("schedule", ["poly", "cosine", "three_step"])
def test_the_rate_has_come_down_when_the_minutes_are_over(
    home: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch, schedule: str
) -> None:
    clock = Ticking()
    for module in ("loop", "journal"):
        monkeypatch.setattr(f"training_api.{module}.time", clock)

    class SlowToMeasure(NumpyEngine):
        def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
            clock.now += 0.4
            return super().evaluate(images, labels)

    limited = {"epochs": 50_000, "max_minutes": 0.5, "schedule": schedule, "warm_up": 0.1}
    job = make_job(home, version, **LEARNS | limited)
    assert run_attempt(job.path, 1, SlowToMeasure) == 0
    (finished,) = events_of(job, "finished")
    assert "Stop after minutes" in finished["ended"]
    rates = [event["lr"] for event in events_of(job, "validation")]
    assert 20 < len(rates) < 100
    assert max(rates) > 0.8 * LEARNS["learning_rate"] and rates[-1] < 0.05 * max(rates)
    progress = events_of(job, "progress")[-1]
    assert progress["step"] <= progress["expected_steps"] + 2 < 0.01 * progress["steps"]


def test_a_limit_that_ends_nothing_changes_nothing(
    tmp_path: Path, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for name, minutes in (("without", 0.0), ("with", 0.0125)):
        monkeypatch.setattr("training_api.loop.time", Ticking())
        job = make_job(tmp_path / name, version, **LEARNS | {"max_minutes": minutes})
        assert run_attempt(job.path, 1, NumpyEngine) == 0
        assert events_of(job, "finished")[0]["ended"] == ""
        keys = ("step", "lr", "train_loss", "validation_loss", "miou")
        found.append([[event[key] for key in keys] for event in events_of(job, "validation")])
    assert found[0] == found[1]
    assert 0.75 > events_of(job, "validation")[-1]["seconds"] > 0.375, "it has looked ten times"


class Frozen(NumpyEngine):
    """Learns for two epochs only."""

    steps = 0

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        self.steps += 1
        rate = learning_rate if self.steps <= 8 else 0.0
        self._tensors["optimizer/momentum"] *= self.steps <= 8
        return super().train_step(images, labels, rate)


def test_a_run_that_learns_no_more_stops_early(home: Path, version: DatasetVersion) -> None:
    stops = LEARNS | {"epochs": 30, "schedule": "constant", "early_stopping_patience": 3}
    job = make_job(home, version, **stops)
    assert run_attempt(job.path, 1, Frozen) == 0
    (finished,) = events_of(job, "finished")
    told = events_of(job, "validation")
    best = max(range(len(told)), key=lambda at: told[at]["miou"])
    assert len(told) == best + 1 + 3 < 30
    assert finished["epochs"] == len(told) and finished["best_epoch"] == best + 1
    assert "Early stopping" in finished["ended"]


def test_the_best_model_may_be_chosen_by_one_class(home: Path, version: DatasetVersion) -> None:
    job = make_job(home, version, **LEARNS | {"best_by": "pad", "learning_rate": 1.5})
    assert run_attempt(job.path, 1, NumpyEngine) == 0
    told = events_of(job, "validation")
    best = max(told, key=lambda event: event["iou"][1])
    assert verify_model(home / "models" / "model-1").metrics["epoch"] == best["epoch"]
    marks = [event["iou"][1] for event in told if event["best"]]
    assert marks == sorted(set(marks)) and marks[-1] == best["iou"][1]


@pytest.mark.parametrize("absent", ["wheel", "Pad", "mIoU"])
def test_a_class_that_is_not_there_cannot_decide(
    home: Path, version: DatasetVersion, absent: str
) -> None:
    job = make_job(home, version, **LEARNS | {"best_by": absent})
    assert run_attempt(job.path, 1, NumpyEngine) == EXIT_FAILED
    (failed,) = events_of(job, "failed")
    assert failed["reason"] == "invalid_spec"
    assert (
        f"no class '{absent}'. Choose miou or one of: background, pad, circle" in failed["message"]
    )
