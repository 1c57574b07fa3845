"""Weights that are converted when they come are fetched where PyTorch is."""

from __future__ import annotations

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.base import Assignment, Handle, StartFailed
from docker_sdk_api.runners.fake import FakeRunner
from tests.unit.docker_sdk_api.at_hand import add_fetch_job
from tests.unit.docker_sdk_api.supervised import Running
from training_api.spec.hyper_parameters import EngineName


@pytest.mark.parametrize(
    ("weights", "engine"),
    [
        ("torchvision:resnet18", EngineName.torch),
        ("huggingface:smp-resnet18", None),
        ("gluoncv:resnet50_v1b", None),
        ("gone:since", None),
    ],
)
async def test_a_fetch_job_runs_in_the_environment_that_can_convert(
    running: Running,
    home: Home,
    store: JobStore,
    monkeypatch: pytest.MonkeyPatch,
    weights: str,
    engine: EngineName | None,
) -> None:
    asked: list[EngineName | None] = []

    async def noted(runner: FakeRunner, assignment: Assignment) -> Handle:
        asked.append(assignment.engine)
        raise StartFailed("Enough is known.")

    monkeypatch.setattr(FakeRunner, "start", noted)
    job = add_fetch_job(home, store, "Fetch", weights)
    running.supervisor.wake()
    await running.ended(job.id)
    assert asked == [engine]
