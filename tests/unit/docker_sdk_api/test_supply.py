"""Trainings whose weights are not here: they wait for a fetch job, and go on or end by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from docker_sdk_api.app import create_server
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.awaited import Awaited
from docker_sdk_api.weights.shelf import WeightsShelf
from docker_sdk_api.weights.supply import WeightsSupply
from tests.unit.docker_sdk_api.at_hand import until_told
from tests.unit.docker_sdk_api.test_jobs_api import reached, start
from tests.unit.docker_sdk_api.test_weights import SMP, place
from training_api.spec.states import JobState

TAUGHT = {"weights": {"mode": "imagenet", "name": SMP}}
WAITS = f"Its weights {SMP} are fetched first."
AGAIN = "Resume the training to fetch them again."


async def waiting(api: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """The view of a training once its weights are on their way."""

    async def told() -> dict[str, Any] | None:
        view: dict[str, Any] = (await api.get(f"/jobs/{job_id}")).json()
        if view["fetch"] and view["fetch"]["progress"]:
            return view
        assert view["state"] == "queued", view["message"]
        return None

    view: dict[str, Any] = await until_told(told)
    return view


async def paused(api: httpx.AsyncClient, job_id: str) -> None:
    """The queue is held, and the supervisor has seen it."""

    async def held() -> bool:
        view: dict[str, Any] = (await api.get(f"/jobs/{job_id}")).json()
        return view["waiting_for"] == "The queue is paused."

    await api.post("/queue/pause")
    await until_told(held)


async def fetches(api: httpx.AsyncClient) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = (await api.get("/jobs", params={"kind": "fetch"})).json()["jobs"]
    return jobs


async def test_trainings_wait_for_one_fetch_and_start_by_themselves(
    api: httpx.AsyncClient, home: Home, runner: FakeRunner
) -> None:
    jobs = [await start(api, name, **TAUGHT) for name in ("first", "second")]
    views = [await waiting(api, job) for job in jobs]
    assert [view["state"] for view in views] == ["queued", "queued"]
    assert {view["waiting_for"] for view in views} == {WAITS}
    (fetch,) = await fetches(api)
    assert {view["fetch"]["job_id"] for view in views} == {fetch["id"]}
    assert views[0]["fetch"]["progress"]["bytes"] == 1_000_000
    assert views[0]["fetch"]["progress"]["fraction"] == 0.25
    await reached(api, await start(api, "needs none"), "succeeded")  # nobody waits behind them
    place(home, SMP)
    for job in jobs:
        view = await reached(api, job, "succeeded")
        assert (view["attempt"], view["fetch"]) == (1, None)
        launch = home.job(job).attempt(1).launch()
        assert launch.initial_weights is not None and launch.initial_weights.id == SMP
    await reached(api, fetch["id"], "succeeded")
    assert len(await fetches(api)) == 1


async def test_a_fetch_that_runs_already_is_joined(api: httpx.AsyncClient) -> None:
    fetch = (await api.post(f"/weights/{SMP}/fetch")).json()["job"]
    view = await waiting(api, await start(api, **TAUGHT))
    assert view["fetch"]["job_id"] == fetch["id"] and len(await fetches(api)) == 1


async def test_a_failed_fetch_ends_the_training_and_resume_fetches_again(
    api: httpx.AsyncClient, home: Home, runner: FakeRunner
) -> None:
    runner.conduct = Conduct.offline
    job = await start(api, **TAUGHT)
    view = await reached(api, job, "failed")
    (fetch,) = await fetches(api)
    assert (view["reason"], view["attempt"]) == ("no_weights", 1)
    assert view["message"] == (
        f"Its weights {SMP} could not be fetched. There is no connection to a.host. Then resume "
        "the training: it fetches what is not here."
    )
    assert (view["fetch"]["job_id"], view["fetch"]["state"]) == (fetch["id"], "failed")
    assert view["actions"] == ["resume", "train_again", "delete"]
    result = home.job(job).attempt(1).result()
    assert result is not None and result.message == view["message"], "it outlives the database"
    assert (job, 1) not in runner.starts
    runner.conduct = Conduct.normal
    await api.post(f"/jobs/{job}/resume")
    view = await waiting(api, job)
    assert view["fetch"]["job_id"] != fetch["id"]
    place(home, SMP)
    assert (await reached(api, job, "succeeded"))["attempt"] == 2


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_stopped_fetch_ends_the_training(
    api: httpx.AsyncClient, home: Home, runner: FakeRunner, deleted: bool
) -> None:
    job = await start(api, **TAUGHT)
    fetch = (await waiting(api, job))["fetch"]["job_id"]
    if deleted:
        await paused(api, job)
    await api.post(f"/jobs/{fetch}/stop")
    if deleted:
        await reached(api, fetch, "cancelled")
        assert (await api.delete(f"/jobs/{fetch}")).status_code == 204
        await api.post("/queue/resume")
    view = await reached(api, job, "failed")
    assert view["reason"] == "no_weights"
    done = "deleted" if deleted else "stopped"
    assert view["message"] == f"The download of its weights {SMP} was {done}. {AGAIN}"


async def test_a_training_that_was_stopped_while_it_waited(
    api: httpx.AsyncClient, home: Home, runner: FakeRunner
) -> None:
    job = await start(api, **TAUGHT)
    first = (await waiting(api, job))["fetch"]["job_id"]
    view = (await api.post(f"/jobs/{job}/stop")).json()
    assert (view["state"], view["attempt"], view["fetch"]) == ("cancelled", 0, None)
    await reached(api, first, "running")  # the file still comes
    await api.post(f"/jobs/{first}/stop")
    await reached(api, first, "cancelled")
    await api.post(f"/jobs/{job}/resume")
    assert (await waiting(api, job))["fetch"]["job_id"] != first, "what failed since does not count"
    place(home, SMP)
    assert (await reached(api, job, "succeeded"))["attempt"] == 1


@asynccontextmanager
async def served(settings: Settings, runner: FakeRunner) -> AsyncIterator[httpx.AsyncClient]:
    """A service of its own over the home and the runner that others have left."""
    server = create_server(settings, runner)
    transport = httpx.ASGITransport(server)
    async with (
        server.router.lifespan_context(server),
        httpx.AsyncClient(transport=transport, base_url="http://segsmith/api/v1") as client,
    ):
        yield client


@pytest.mark.parametrize("database", ["kept", "lost"])
async def test_another_service_waits_for_the_same_fetch(
    settings: Settings, home: Home, runner: FakeRunner, database: str
) -> None:
    async with served(settings, runner) as api:
        job = await start(api, **TAUGHT)
        fetch = (await waiting(api, job))["fetch"]["job_id"]
    if database == "lost":
        for suffix in ("", "-wal", "-shm"):
            home.database.with_name(home.database.name + suffix).unlink(missing_ok=True)
    async with served(settings, runner) as api:
        assert (await waiting(api, job))["fetch"]["job_id"] == fetch
        place(home, SMP)
        assert (await reached(api, job, "succeeded"))["attempt"] == 1
        assert [entry["id"] for entry in await fetches(api)] == [fetch]


async def test_one_that_goes_on_from_a_checkpoint_needs_no_weights(
    api: httpx.AsyncClient, home: Home
) -> None:
    await api.post("/queue/pause")
    job = await start(api, **TAUGHT)
    (home.job(job).checkpoints_path / "step-00000010").mkdir(parents=True)
    await api.post("/queue/resume")
    await reached(api, job, "succeeded")
    assert await fetches(api) == []


async def test_a_measurement_fetches_nothing(api: httpx.AsyncClient) -> None:
    spec = {"dataset": "dv-test", "preset": "fast"} | TAUGHT

    async def measured() -> bool:
        answer = (await api.post("/profiles", json=spec)).json()
        assert answer["state"] in ("waiting", "measuring", "measured"), answer
        return bool(answer["state"] == "measured")

    await until_told(measured)
    assert await fetches(api) == []


async def test_nothing_is_fetched_while_the_queue_is_paused(api: httpx.AsyncClient) -> None:
    await api.post("/queue/pause")
    await paused(api, await start(api, **TAUGHT))
    assert await fetches(api) == []


async def test_what_will_be_fetched_is_told_beforehand(api: httpx.AsyncClient, home: Home) -> None:
    spec = {"name": "a", "dataset": "dv-test", "preset": "fast", "weights": {"mode": "imagenet"}}
    told = (await api.post("/specs/check", json=spec)).json()
    assert told["ok"] and [entry["field"] for entry in told["warnings"]] == ["weights.name"]
    (message,) = [entry["message"] for entry in told["warnings"]]
    assert "torchvision:resnet18 (46.8 MB) is not on this machine" in message
    assert "Licence: BSD-3-Clause" in message


@pytest.mark.parametrize("when", ["before a fetch begins", "as a fetch ends"])
async def test_weights_that_come_while_they_are_looked_for(
    api: httpx.AsyncClient, home: Home, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    begin, read = WeightsShelf.fetch, WeightsSupply._read

    def begun(shelf: WeightsShelf, weights_id: str) -> tuple[JobRecord | None, bool]:
        if when == "before a fetch begins":
            place(home, weights_id)
        return begin(shelf, weights_id)

    def ended(supply: WeightsSupply, awaited: Awaited) -> JobRecord | None:
        fetch = read(supply, awaited)
        place(home, SMP)
        return fetch and replace(fetch, state=JobState.succeeded)

    monkeypatch.setattr(WeightsShelf, "fetch", begun)
    monkeypatch.setattr(WeightsSupply, "_read", ended)
    view = await reached(api, await start(api, **TAUGHT), "succeeded")
    assert view["attempt"] == 1
