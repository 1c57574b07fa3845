"""Specs that this release cannot read, as another one leaves them: no other job suffers by them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.awaited import Awaited
from docker_sdk_api.weights.first import launched_weights, published_file
from tests.unit.docker_sdk_api.at_hand import add_fetch_job, add_job
from tests.unit.docker_sdk_api.test_jobs_api import reached, start
from tests.unit.docker_sdk_api.test_supply import TAUGHT
from training_api.spec.files import read_json, write_json


@pytest.mark.parametrize("changed", [{"colour": "red"}, None])
async def test_a_queued_job_stops_no_other(
    api: httpx.AsyncClient, home: Home, changed: dict[str, Any] | None
) -> None:
    """With a key that nobody knows, and with something that is no spec at all."""
    await api.post("/queue/pause")
    path = home.job(await start(api, "foreign", **TAUGHT)).spec_path
    write_json(path, read_json(path) | changed if changed else ["no spec"])
    await api.post("/queue/resume")
    await reached(api, await start(api, "ours"), "succeeded")


def test_its_weights_are_left_to_its_trainer(home: Home, store: JobStore) -> None:
    directory = home.job(add_job(home, store, **TAUGHT).id)
    write_json(directory.spec_path, read_json(directory.spec_path) | {"colour": "red"})
    assert published_file(directory, "train") is None
    assert launched_weights(home.path, directory, "train") is None


def test_weights_that_nobody_publishes_any_more_break_no_list(
    home: Home, store: JobStore, settings: Settings, runner: FakeRunner
) -> None:
    job = add_job(home, store, **TAUGHT)
    fetch = add_fetch_job(home, store, "Fetch", "somebody:no-longer-listed")
    Awaited(job=fetch.id).save(home.job(job.id), 1)
    orchestrator = Orchestrator(settings, runner)
    shown = {view["id"]: view for view in orchestrator.views.active_and_queued()}
    orchestrator.database.close()
    assert shown[job.id]["fetch"] is None
    assert shown[fetch.id]["weights"] == "somebody:no-longer-listed"
