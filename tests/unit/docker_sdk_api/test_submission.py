from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.meta import Meta
from docker_sdk_api.system.gpus import Gpu, GpuList
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preset import preset_named, recommended

NO_WEIGHT = {"cross_entropy_weight": 0, "lovasz_weight": 0}


def spec(name: str = "a job", **changes: Any) -> dict[str, Any]:
    return {"name": name, "dataset": "dv-test", "preset": "fast"} | changes


@pytest.fixture(autouse=True)
async def held(api: httpx.AsyncClient) -> None:
    """Nothing starts: these tests are about what is accepted."""
    await api.post("/queue/pause")


async def test_a_job_is_accepted_with_its_files(api: httpx.AsyncClient, home: Home) -> None:
    answer = await api.post("/jobs", json=spec(hyper_parameters={"epochs": 3}))
    assert answer.status_code == 201
    view = answer.json()
    assert (view["name"], view["state"], view["position"]) == ("a job", "queued", 1)
    assert (view["engine"], view["network"], view["backbone"]) == ("torch", "unet", "resnet18")
    assert view["dataset"] == {"id": "dv-test", "name": "parts"}
    directory = home.job(view["id"])
    written = json.loads(directory.spec_path.read_text())["hyper_parameters"]
    assert written == recommended(EngineName.torch, preset_named("fast")) | {"epochs": 3}
    assert Meta.load(directory).dataset_name == "parts"
    assert [path.name for path in home.jobs.iterdir()] == [view["id"]]


async def test_every_problem_is_told_at_its_field(api: httpx.AsyncClient, home: Home) -> None:
    wrong = spec(name=" x", hyper_parameters={"epochs": 0, "learning_rate": -1, "speed": 3})
    answer = await api.post("/jobs", json=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_spec"
    fields = {entry["field"]: entry["message"] for entry in problem["problems"]}
    assert set(fields) == {
        "name",
        "hyper_parameters.epochs",
        "hyper_parameters.learning_rate",
        "hyper_parameters.speed",
    }
    assert "1 to 100000" in fields["hyper_parameters.epochs"]
    assert list(home.jobs.iterdir()) == []


async def test_a_taken_name(api: httpx.AsyncClient) -> None:
    await api.post("/jobs", json=spec())
    answer = await api.post("/jobs", json=spec())
    assert answer.status_code == 409
    assert answer.json()["code"] == "name_taken"
    assert answer.json()["field"] == "name"
    name = (await api.get("/job-names/a job")).json()
    assert name == {"available": False, "message": "The name 'a job' is taken. Choose another one."}
    assert (await api.get("/job-names/another")).json()["available"]
    assert not (await api.get("/job-names/%20blank")).json()["available"]


async def test_fifty_requests_for_one_name(api: httpx.AsyncClient, home: Home) -> None:
    answers = await asyncio.gather(*(api.post("/jobs", json=spec()) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    assert len(list(home.jobs.iterdir())) == 1


async def test_a_repeated_key_is_the_same_job(api: httpx.AsyncClient, home: Home) -> None:
    key = {"Idempotency-Key": "4711"}
    answers = await asyncio.gather(
        *(api.post("/jobs", json=spec(), headers=key) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(list(home.jobs.iterdir())) == 1


async def test_a_key_for_another_request_is_refused(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "4711"}
    await api.post("/jobs", json=spec(), headers=key)
    answer = await api.post("/jobs", json=spec("another"), headers=key)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"dataset": "dv-unknown"}, "dataset", "There is no dataset version 'dv-unknown'"),
        ({"dataset": "../../etc"}, "dataset", "There is no dataset version"),
        ({"preset": "faster"}, "preset", "fast, balanced, accurate"),
        ({"network": {"name": "vnet"}}, "network.name", "unet"),
        (
            {"network": {"name": "unet", "options": {"backbone": "x"}}},
            "network.options.backbone",
            "resnet18",
        ),
        ({"loss": {"name": "hinge"}}, "loss.name", "cross_entropy"),
        (
            {"loss": {"name": "focal", "options": {"focal_gamma": -1}}},
            "loss.options.focal_gamma",
            "at least 0",
        ),
        (
            {"loss": {"name": "combined", "options": NO_WEIGHT}},
            "loss.options.lovasz_weight",
            "all four weights are 0",
        ),
        ({"augmentations": {"shear": {}}}, "augmentations.shear", "Choose from: scale, crop"),
        (
            {"augmentations": {"scale": {"smallest": 3}}},
            "augmentations.scale.largest",
            "must not be below smallest (3)",
        ),
        ({"resources": {"gpus": 1}}, "resources.gpus", "this machine has 0"),
        ({"resources": {"gpus": -1}}, "resources.gpus", "gpus"),
        ({"resources": {"gpus": ["GPU-x"]}}, "resources.gpus", "no GPU GPU-x"),
        ({"image": "evil"}, "image", "not a known parameter"),
    ],
)
async def test_what_cannot_be_trained_with(
    api: httpx.AsyncClient, changes: dict[str, Any], field: str, words: str
) -> None:
    answer = await api.post("/specs/check", json=spec(**changes))
    assert answer.status_code == 200
    found = answer.json()
    assert not found["ok"]
    assert found["spec"] is None
    messages = [entry["message"] for entry in found["problems"] if entry["field"] == field]
    assert messages, found["problems"]
    assert words in messages[0]
    assert (await api.post("/jobs", json=spec(**changes))).status_code == 422


async def test_gluoncv_takes_no_gpu_that_is_too_new_for_it(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = [Gpu("GPU-a", "Old", 1, 1, 0, (8, 0)), Gpu("GPU-b", "New", 1, 1, 0, (9, 0))]
    monkeypatch.setattr(GpuList, "read", lambda self: cards)
    document = {"name": "a job", "dataset": "dv-test", "engine": "gluoncv"}
    for gpus, fits in ((["GPU-a"], True), (["GPU-b"], False), (1, False)):
        wanted = document | {"network": {"name": "fcn"}, "resources": {"gpus": gpus}}
        found = (await api.post("/specs/check", json=wanted)).json()
        messages = [e["message"] for e in found["problems"] if e["field"] == "resources.gpus"]
        assert len(messages) == (0 if fits else 1), found["problems"]
        assert all("New is newer (9.0)" in message for message in messages)


async def test_several_parts_are_wrong_at_once(api: httpx.AsyncClient) -> None:
    wrong = spec(dataset="dv-no", network={"name": "vnet"}, loss={"name": "hinge"})
    found = (await api.post("/specs/check", json=wrong)).json()
    assert [entry["field"] for entry in found["problems"]] == [
        "network.name",
        "loss.name",
        "dataset",
    ]


async def test_a_missing_engine_is_named(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", "/nowhere/python")
    answer = await api.post("/jobs", json=spec())
    assert (answer.status_code, answer.json()["code"]) == (409, "no_engine")
    assert answer.json()["field"] == "engine"
    assert "make setup" in answer.json()["detail"]
    engines = {row["name"]: row for row in (await api.get("/system")).json()["engines"]}
    assert not engines["torch"]["available"]
    assert engines["torch"]["reason"]
    assert engines["gluoncv"]["available"]


async def test_a_batch_larger_than_the_split_is_a_warning(api: httpx.AsyncClient) -> None:
    large = spec(hyper_parameters={"batch_size": 64, "validation_batch_size": 3})
    found = (await api.post("/specs/check", json=large)).json()
    assert found["ok"]
    assert [entry["field"] for entry in found["warnings"]] == [
        "hyper_parameters.batch_size",
        "hyper_parameters.validation_batch_size",
    ]
    assert "only 8 training images" in found["warnings"][0]["message"]


async def test_sizes_that_the_network_cannot_take(api: httpx.AsyncClient) -> None:
    network = {"engine": "gluoncv", "network": {"name": "fastscnn"}}
    sizes = {"base_size": 64, "crop_size": 32}
    found = (await api.post("/specs/check", json=spec(**network, hyper_parameters=sizes))).json()
    (problem,) = found["problems"]
    assert problem["field"] == "hyper_parameters.crop_size"
    assert problem["message"].endswith("The nearest valid size is 64.")
    odd = {"base_size": 64, "crop_size": 100, "batch_size": 2, "validation_batch_size": 2}
    found = (await api.post("/specs/check", json=spec(hyper_parameters=odd))).json()
    (warning,) = found["warnings"]
    assert warning["field"] == "hyper_parameters.crop_size"
    assert warning["message"].endswith("crops are 128 pixels a side. Valid nearby: 96 and 128.")


async def test_a_spec_comes_back_complete_and_can_be_sent_again(api: httpx.AsyncClient) -> None:
    found = (await api.post("/specs/check", json=spec(preset="balanced"))).json()
    again = (await api.post("/specs/check", json=found["spec"])).json()
    assert again["ok"]
    assert again["spec"] == found["spec"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 100_000],
    ids=["empty", "half", "list", "text", "bytes", "surrogate", "deep"],
)
async def test_a_body_that_is_no_object(api: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/jobs", "/specs/check"):
        answer = await api.post(path, content=body)
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid_request"


async def test_a_class_that_the_dataset_lacks_cannot_decide(api: httpx.AsyncClient) -> None:
    answer = await api.post("/jobs", json=spec(hyper_parameters={"best_by": "wheel"}))
    assert (answer.status_code, answer.json()["field"]) == (422, "hyper_parameters.best_by")
    assert "no class 'wheel'. Choose miou or one of: " in answer.json()["detail"]
