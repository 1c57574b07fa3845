"""Asking what a training takes, over a runner that pretends the measuring."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.profiles.cache import MOST, Kept, ProfileCache
from docker_sdk_api.profiles.key import key_of
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_profile import pretended_profile
from docker_sdk_api.system.machine import processor
from tests.unit.docker_sdk_api.at_hand import spec_for
from training_api.spec.hyper_parameters import HyperParameters

SPEC = {"dataset": "dv-test", "preset": "fast"}


async def ask(api: httpx.AsyncClient, start: bool = True, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/profiles" if start else "/profiles/known", json=SPEC | changes)
    assert answer.status_code in (200, 202), answer.text
    document: dict[str, Any] = answer.json()
    return document


async def measured(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    while (answer := await ask(api, **changes))["state"] != "measured":
        await asyncio.sleep(0.01)
    return answer


async def test_nothing_is_known_before_it_is_asked_for(api: httpx.AsyncClient) -> None:
    answer = await ask(api, start=False)
    assert (answer["state"], answer["result"]) == ("unknown", None)
    assert (await api.get("/jobs", params={"kind": "profile"})).json()["jobs"] == []
    assert (await api.get(f"/profiles/{answer['id']}")).status_code == 404


async def test_a_job_measures_and_vanishes(api: httpx.AsyncClient, home: Home) -> None:
    first = await ask(api)
    assert first["state"] in ("waiting", "measuring") and first["job_id"]
    assert (await ask(api))["job_id"] in (first["job_id"], None)
    answer = await measured(api)
    assert answer["id"] == first["id"]
    assert answer["result"]["total_seconds"] == pytest.approx(3 + 10 * (3 * 2 + 5 * 0.2) + 4.5)
    assert (await api.get("/jobs", params={"kind": "profile"})).json()["jobs"] == []
    assert not home.job(first["job_id"]).path.exists()
    assert (await api.get(f"/profiles/{first['id']}")).json() == answer


async def test_what_is_kept_is_not_measured_again(
    api: httpx.AsyncClient, runner: FakeRunner
) -> None:
    await measured(api)
    again = await ask(api, hyper_parameters={"epochs": 20, "learning_rate": 0.1})
    assert again["state"] == "measured"
    assert again["result"]["total_seconds"] == pytest.approx(3 + 20 * 7 + 4.5)
    assert len(runner.starts) == 1
    other = await ask(api, start=False, hyper_parameters={"base_size": 64})
    assert other["state"] == "unknown"


async def test_measurements_are_not_among_the_jobs(
    api: httpx.AsyncClient, runner: FakeRunner
) -> None:
    await api.post("/queue/pause")
    answer = await ask(api)
    assert (answer["state"], answer["waiting_for"]) in (
        ("waiting", None),
        ("waiting", "The queue is paused."),
    )
    assert (await api.get("/jobs")).json()["jobs"] == []
    (job,) = (await api.get("/jobs", params={"kind": "profile"})).json()["jobs"]
    assert job["id"] == answer["job_id"]


async def test_it_goes_before_the_trainings_that_wait(api: httpx.AsyncClient) -> None:
    await api.post("/queue/pause")
    await api.post("/jobs", json=SPEC | {"name": "a training"})
    answer = await ask(api)
    job = (await api.get(f"/jobs/{answer['job_id']}")).json()
    assert job["position"] == 1


async def test_a_failure_is_told_and_can_be_tried_again(
    api: httpx.AsyncClient, runner: FakeRunner
) -> None:
    runner.memory = 0
    answer = await ask(api)
    while answer["state"] != "failed":
        answer = await ask(api, start=False)
    assert "not enough memory" in answer["message"]
    runner.memory = 1024
    assert (await measured(api))["state"] == "measured"


async def test_a_bad_spec_is_refused_at_its_field(api: httpx.AsyncClient) -> None:
    answer = await api.post("/profiles", json=SPEC | {"hyper_parameters": {"epochs": 0}})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "hyper_parameters.epochs"


def test_a_key_depends_on_what_takes_time() -> None:
    machine = {**processor(), "gpus": []}
    key = key_of(spec_for("a"), machine)
    assert key == key_of(spec_for("b", hyper_parameters={"epochs": 3, "seed": 1}), machine)
    others = [
        key_of(spec_for("a", hyper_parameters={"batch_size": 7}), machine),
        key_of(spec_for("a", hyper_parameters={"precision": "float32"}), machine),
        key_of(spec_for("a", network={"name": "fcn"}), machine),
        key_of(spec_for("a"), machine | {"gpus": ["A GPU"]}),
    ]
    assert len({key, *others}) == 5


def test_a_damaged_file_is_an_empty_one(tmp_path: Path) -> None:
    cache = ProfileCache(tmp_path / "profiles.json")
    kept = Kept(profile=pretended_profile(), hyper_parameters=HyperParameters())
    cache.add("a", kept)
    assert cache.get("a") == kept
    (tmp_path / "profiles.json").write_text("{")
    assert cache.get("a") is None
    cache.add("b", kept)
    assert cache.get("b") == kept


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docker_sdk_api.profiles.cache.MOST", 2)
    cache = ProfileCache(tmp_path / "profiles.json")
    kept = Kept(profile=pretended_profile(), hyper_parameters=HyperParameters())
    for key in ("a", "b", "c"):
        cache.add(key, kept)
    assert [cache.get(key) is None for key in ("a", "b", "c")] == [True, False, False]
    assert MOST > 100
