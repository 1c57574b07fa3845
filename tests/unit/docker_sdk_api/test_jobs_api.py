from __future__ import annotations

import asyncio
import os
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from tests.unit.docker_sdk_api.at_hand import until_told
from training_api.spec.events import EventWriter
from training_api.spec.states import JobState

OF_THE_MOMENT = {"loss": 0.5, "lr": 0.001, "images_per_second": 9.4, "remaining_seconds": 60.0}


async def start(api: httpx.AsyncClient, name: str = "a job", **changes: Any) -> str:
    spec = {"name": name, "dataset": "dv-test", "preset": "fast"} | changes
    answer = await api.post("/jobs", json=spec)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def reached(api: httpx.AsyncClient, job_id: str, *states: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        view: dict[str, Any] = (await api.get(f"/jobs/{job_id}")).json()
        if view["state"] in states and not view["repeats"]:
            return view
        over = JobState(view["state"]).ended and not view["repeats"]
        assert not over, f"it {view['state']}: {view['message']}"
        return None

    view: dict[str, Any] = await until_told(there)
    return view


async def test_a_whole_life(api: httpx.AsyncClient) -> None:
    job_id = await start(api)
    view = await reached(api, job_id, "succeeded")
    assert view["attempt"] == 1
    assert view["progress"]["fraction"] == 1
    assert view["best"] == {"miou": 0.5, "epoch": 1}
    assert view["sparkline"] == [0.5] * 4
    assert view["seconds"] > 0
    assert view["actions"] == ["download", "try", "train_again", "delete"]
    assert [entry["epoch"] for entry in view["validations"]] == [1, 2, 3, 4]
    assert view["started_event"]["epochs"] == 4
    assert [entry["name"] for entry in view["classes"]] == ["background", "part"]
    assert view["spec"]["network"]["name"] == "unet"
    (attempt,) = view["attempts"]
    assert (attempt["number"], attempt["state"], attempt["reason"]) == (1, "succeeded", None)
    assert attempt["started"] <= attempt["ended"]


async def test_stop_resume_delete(api: httpx.AsyncClient, runner: FakeRunner, home: Home) -> None:
    runner.epochs = 100_000
    job_id = await start(api)
    view = await reached(api, job_id, "running")
    assert "stop" in view["actions"]
    assert (await api.delete(f"/jobs/{job_id}")).status_code == 409
    stopping = await api.post(f"/jobs/{job_id}/stop")
    assert stopping.json()["state"] == "stopping"
    view = await reached(api, job_id, "cancelled")
    assert set(view["actions"]) == {"resume", "download", "try", "train_again", "delete"}
    assert (await api.post(f"/jobs/{job_id}/stop")).status_code == 409

    runner.epochs = 2
    assert (await api.post(f"/jobs/{job_id}/resume")).json()["state"] == "queued"
    view = await reached(api, job_id, "succeeded")
    assert [attempt["number"] for attempt in view["attempts"]] == [1, 2]
    models = (await api.get("/models")).json()["models"]
    assert {model["job_id"] for model in models} == {job_id}
    assert len(models) == 1  # the later attempt's has taken the place of the earlier one

    assert (await api.delete(f"/jobs/{job_id}?model=delete")).status_code == 204
    assert (await api.get(f"/jobs/{job_id}")).status_code == 404
    assert (await api.get("/models")).json() == {"models": []}
    assert list(home.jobs.iterdir()) == []


async def test_deleting_a_job_keeps_its_model(api: httpx.AsyncClient) -> None:
    job_id = await start(api)
    view = await reached(api, job_id, "succeeded")
    assert (await api.delete(f"/jobs/{job_id}")).status_code == 204
    model = (await api.get(f"/models/{view['model_id']}")).json()
    assert model["job_id"] == job_id


async def test_a_failed_job_says_why(api: httpx.AsyncClient, runner: FakeRunner) -> None:
    runner.conduct = Conduct.dying
    view = await reached(api, await start(api), "interrupted")
    assert view["reason"] == "killed"
    assert "repeated 3 times" in view["message"]
    assert set(view["actions"]) == {"resume", "train_again", "delete"}
    assert all(attempt["log_tail"] for attempt in view["attempts"])


async def test_queue_positions_move_and_pause(api: httpx.AsyncClient) -> None:
    assert (await api.post("/queue/pause")).status_code == 204
    jobs = [await start(api, name) for name in ("one", "two", "three")]
    answer = await api.post(f"/jobs/{jobs[2]}/move", json={"to": 0})
    assert answer.json()["position"] == 1
    listed = (await api.get("/jobs?state=queued")).json()["jobs"]
    assert [(job["name"], job["position"]) for job in listed] == [
        ("three", 1),
        ("one", 2),
        ("two", 3),
    ]
    await asyncio.sleep(0.1)
    waits = (await api.get(f"/jobs/{jobs[0]}")).json()["waiting_for"]
    assert waits == "The queue is paused."
    assert (await api.get("/system")).json()["queue"] == {
        "slots": 1,
        "running": 0,
        "queued": 3,
        "paused": True,
    }
    await api.post("/queue/resume")
    for job in jobs:
        await reached(api, job, "succeeded")
    wrong = await api.post(f"/jobs/{jobs[0]}/move", json={"to": 0})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "conflict")


async def test_who_holds_the_slot_is_named(api: httpx.AsyncClient, runner: FakeRunner) -> None:
    runner.epochs = 100_000
    first = await start(api, "the first")
    await reached(api, first, "running")
    second = await start(api, "the second")
    await asyncio.sleep(0.1)
    view = (await api.get(f"/jobs/{second}")).json()
    assert view["waiting_for"] == "The CPU is taken by 'the first'."
    await api.post(f"/jobs/{second}/stop")
    await api.post(f"/jobs/{first}/stop")
    await reached(api, first, "cancelled")


async def test_pages_and_search(api: httpx.AsyncClient) -> None:
    await api.post("/queue/pause")
    for number in range(7):
        await start(api, f"job {number}")
    first = (await api.get("/jobs?limit=3")).json()
    second = (await api.get(f"/jobs?limit=3&before={first['next']}")).json()
    third = (await api.get(f"/jobs?limit=3&before={second['next']}")).json()
    names = [job["name"] for page in (first, second, third) for job in page["jobs"]]
    assert names == [f"job {number}" for number in range(7)]
    assert third["next"] is None
    found = (await api.get("/jobs", params={"search": "JOB 3"})).json()["jobs"]
    assert [job["name"] for job in found] == ["job 3"]
    both = (await api.get("/jobs?state=running&state=failed")).json()["jobs"]
    assert both == []
    wrong = await api.get("/jobs?before=zzz")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "before")


async def test_the_spec_can_be_taken_away(api: httpx.AsyncClient) -> None:
    job_id = await start(api, 'my "job" ü')
    spec = (await api.get(f"/jobs/{job_id}/spec")).json()
    assert spec["schema"] == 1
    answer = await api.get(f"/jobs/{job_id}/spec?format=yaml")
    assert answer.headers["content-type"] == "application/yaml"
    header = answer.headers["content-disposition"]
    assert 'filename="my _job_ _.yaml"' in header
    assert "filename*=UTF-8''my%20%22job%22%20%C3%BC.yaml" in header
    assert answer.text.startswith("schema: 1\nname: my")


async def test_silence_is_noticed(api: httpx.AsyncClient, runner: FakeRunner, home: Home) -> None:
    runner.epochs, runner.seconds = 100_000, 3.0
    job_id = await start(api)
    view = await reached(api, job_id, "running")
    assert view["responding"]
    directory = home.job(job_id)
    for path in (directory.attempt(1).heartbeat_path, directory.events_path):
        assert (await api.get(f"/jobs/{job_id}")).json()["responding"]
        os.utime(path, (1, 1))
    view = (await api.get(f"/jobs/{job_id}")).json()
    assert not view["responding"]
    assert "may hang" in view["notices"][0]
    await runner.kill(job_id, 1)


@pytest.mark.parametrize("attempt", [0, 1])
async def test_figures_of_the_moment_are_those_of_the_present_attempt(
    api: httpx.AsyncClient, runner: FakeRunner, home: Home, attempt: int
) -> None:
    runner.epochs, runner.seconds = 100_000, 30.0
    job_id = await start(api)
    await reached(api, job_id, "running")
    place = {"epoch": 2, "epochs": 4, "step": 15, "steps": 40, "seconds": 9.0}
    events = EventWriter(home.job(job_id).events_path, attempt)
    events.write("progress", **place, **OF_THE_MOMENT)
    shown = (await api.get(f"/jobs/{job_id}")).json()["progress"]
    assert {name: shown[name] for name in place} == place
    assert shown["fraction"] == pytest.approx(15 / 40)
    expected = OF_THE_MOMENT if attempt == 1 else dict.fromkeys(OF_THE_MOMENT)
    assert {name: shown[name] for name in OF_THE_MOMENT} == expected
    await runner.kill(job_id, 1)
