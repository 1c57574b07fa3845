"""What trainings can start from, over the API; files arrive by hand here, not by jobs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from tests.unit.docker_sdk_api.test_jobs_api import reached, start
from tests.unit.docker_sdk_api.test_submission import spec
from training_api.spec.installation import command_word
from training_api.weights.cache import WeightsCache
from training_api.weights.registry import weight_file

SMP = "huggingface:smp-resnet18"
VOC = "gluoncv:deeplab_resnet101_voc"
UNET = {"engine": "torch", "network": "unet", "options": '{"backbone": "resnet18"}'}


@pytest.fixture(autouse=True)
async def held(api: httpx.AsyncClient) -> None:
    """Nothing starts: these tests are about what is accepted."""
    await api.post("/queue/pause")


def place(home: Home, weights_id: str) -> None:
    """Weights as they lie after a fetch."""
    cache, file = WeightsCache(home.weights), weight_file(weights_id)
    cache.incoming(file).write_bytes(b"tensors")
    cache.accept(file, cache.incoming(file), source="by hand")


async def files(api: httpx.AsyncClient, **query: str) -> dict[str, dict[str, Any]]:
    answer = await api.get("/weights", params=query)
    assert answer.status_code == 200, answer.text
    return {row["id"]: row for row in answer.json()["files"]}


async def test_all_weights_are_listed_with_what_is_here(api: httpx.AsyncClient, home: Home) -> None:
    place(home, SMP)
    found = await files(api)
    assert len(found) > 50
    assert found[SMP]["present"] and found[SMP]["bytes"] == len(b"tensors")
    absent = found[VOC]
    assert not absent["present"] and absent["licence"] and absent["dataset"] == "PASCAL VOC"
    assert absent["digest"].startswith("sha1:") and len(absent["classes"]) == 21
    assert (await api.get(f"/weights/{SMP}")).json() == found[SMP]


async def test_what_fits_a_network(api: httpx.AsyncClient) -> None:
    unet = await files(api, **UNET)
    assert [*unet][:1] == ["torchvision:resnet18"] and SMP in unet
    assert all(row["encoder"] == "resnet18" for row in unet.values())
    fcn = await files(api, engine="torch", network="fcn", options='{"backbone": "resnet50"}')
    assert "torchvision:fcn_resnet50_coco" in fcn
    assert await files(api, engine="gluoncv", network="fastscnn") != {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (UNET | {"options": "{"}, "options"),
        (UNET | {"options": "[]"}, "options"),
        (UNET | {"options": '{"backbone": "none"}'}, "network.options.backbone"),
        (UNET | {"network": "none"}, "network.name"),
        (UNET | {"engine": "none"}, "engine"),
    ],
)
async def test_a_network_that_is_not_there(
    api: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await api.get("/weights", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_fetch_is_one_job_however_often_it_is_asked_for(
    api: httpx.AsyncClient, home: Home
) -> None:
    answers = await asyncio.gather(*(api.post(f"/weights/{SMP}/fetch") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["job"]["id"] for answer in answers}) == 1
    job = answers[0].json()["job"]
    assert (job["kind"], job["weights"], job["name"]) == ("fetch", SMP, f"Fetch {SMP}")
    assert (job["engine"], job["network"]) == (None, None)
    assert job["dataset"] == {"id": None, "name": None}
    assert (await files(api))[SMP]["job_id"] == job["id"]
    spec = json.loads(home.job(job["id"]).spec_path.read_text())
    assert spec == {"schema": 1, "name": f"Fetch {SMP}", "kind": "fetch", "weights": SMP}


async def test_a_fetch_after_an_ended_one_is_a_new_job(api: httpx.AsyncClient) -> None:
    first = (await api.post(f"/weights/{SMP}/fetch")).json()["job"]
    stopped = (await api.post(f"/jobs/{first['id']}/stop")).json()
    assert stopped["actions"] == ["resume", "delete"]
    second = (await api.post(f"/weights/{SMP}/fetch")).json()["job"]
    assert second["name"] == f"Fetch {SMP} 2"


async def test_what_is_here_needs_no_job(api: httpx.AsyncClient, home: Home) -> None:
    place(home, SMP)
    answer = await api.post(f"/weights/{SMP}/fetch")
    assert (answer.status_code, answer.json()) == (200, {"present": True, "job": None})
    (home.weights / "huggingface" / "smp-resnet18" / "model.safetensors").unlink()
    assert (await api.post(f"/weights/{SMP}/fetch")).status_code == 201


async def test_unknown_weights(api: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/weights/x:y"), ("POST", "/weights/x:y/fetch")):
        answer = await api.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await api.post("/jobs", json={"kind": "fetch", "name": "x", "weights": "x:y"})
    assert (answer.status_code, answer.json()["field"]) == (422, "weights")


async def test_fetch_jobs_are_listed_by_their_kind(api: httpx.AsyncClient) -> None:
    await api.post("/jobs", json=spec("a training"))
    await api.post(f"/weights/{SMP}/fetch")

    async def names(**query: str) -> list[str]:
        return [job["name"] for job in (await api.get("/jobs", params=query)).json()["jobs"]]

    assert len(await names()) == 2
    assert await names(kind="fetch") == await names(search="smp-resnet18") == [f"Fetch {SMP}"]
    assert await names(kind="train") == ["a training"]


async def test_a_fetch_spec_in_other_notations(api: httpx.AsyncClient) -> None:
    document = {"kind": "fetch", "name": "bring it", "weights": SMP}
    found = (await api.post("/specs/check", json=document)).json()
    assert found["ok"] and found["as"]["cli"] == f"{command_word()} weights fetch {SMP}"
    assert f"weights: {SMP}" in found["as"]["yaml"] and "/api/v1/jobs" in found["as"]["curl"]
    found = (await api.post("/specs/check", json=document | {"weights": ""})).json()
    assert [problem["field"] for problem in found["problems"]] == ["weights"]


async def test_weights_that_do_not_fit_are_refused_at_their_field(api: httpx.AsyncClient) -> None:
    answer = await api.post("/jobs", json=spec(weights={"mode": "named", "name": VOC}))
    assert (answer.status_code, answer.json()["field"]) == (422, "weights.name")
    unknown = spec(weights={"mode": "model", "model": "model-none"})
    answer = await api.post("/jobs", json=unknown)
    assert (answer.status_code, answer.json()["field"]) == (409, "weights.model")


def classifier(home: Home, name: str, architecture: str) -> None:
    folder = home.weights / "classifiers" / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"network": architecture}))
    (folder / "classes.txt").write_text("good, bad\n")
    (folder / "model.safetensors").write_bytes(b"tensors")


async def test_classifiers_that_fit(api: httpx.AsyncClient, home: Home) -> None:
    classifier(home, "parts", "resnet18")
    classifier(home, "others", "resnet50")
    every = (await api.get("/weights")).json()["classifiers"]
    assert [entry["name"] for entry in every] == ["others", "parts"]
    fitting = (await api.get("/weights", params=UNET)).json()["classifiers"]
    assert fitting == [
        {
            "name": "parts",
            "architecture": "resnet18",
            "format": "safetensors",
            "classes": ["good", "bad"],
        }
    ]


async def test_own_models_that_fit(
    api: httpx.AsyncClient,
) -> None:
    await api.post("/queue/resume")
    view = await reached(api, await start(api, "teacher"), "succeeded")
    models = (await api.get("/weights", params=UNET)).json()["models"]
    assert [(model["id"], model["name"]) for model in models] == [(view["model_id"], "teacher")]
    other = UNET | {"options": '{"backbone": "resnet34"}'}
    assert (await api.get("/weights", params=other)).json()["models"] == []
    assert (await api.get("/weights")).json()["models"] == models
