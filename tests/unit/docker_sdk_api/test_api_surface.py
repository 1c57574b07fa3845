from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from training_api.spec.augmentations import usual_augmentations


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs/job-none"),
        ("GET", "/jobs/job-none/spec"),
        ("GET", "/jobs/job-none/events"),
        ("GET", "/jobs/job-none/log"),
        ("GET", "/jobs/job-none/log.txt"),
        ("GET", "/jobs/job-none/stream"),
        ("GET", "/jobs/job-none/metrics.csv"),
        ("GET", "/jobs/job-none/samples/1/x.png"),
        ("GET", "/jobs/job-none/agent/health"),
        ("POST", "/jobs/job-none/stop"),
        ("POST", "/jobs/job-none/resume"),
        ("DELETE", "/jobs/job-none"),
        ("GET", "/models/model-none"),
        ("GET", "/models/model-none/download"),
        ("DELETE", "/models/model-none"),
        ("GET", "/dataset-versions/dv-none"),
        ("GET", "/nothing/here"),
        ("GET", "/jobs/%2e%2e%2f%2e%2e/spec"),
        ("GET", "/models/..%2f..%2fjobs/download"),
    ],
)
async def test_what_is_not_there(api: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await api.request(method, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


async def test_wrong_methods_and_values(api: httpx.AsyncClient) -> None:
    answer = await api.put("/jobs")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    answer = await api.post("/jobs/job-1/move", json={"to": "first"})
    assert (answer.status_code, answer.json()["field"]) == (422, "to")
    answer = await api.get("/jobs?state=dancing")
    assert answer.status_code == 422
    assert answer.json()["field"].startswith("state")


async def test_openapi_describes_every_route(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert schemas["JobView"]["examples"][0]["state"] == "running"
    assert schemas["ProblemDocument"]["examples"][0]["problems"]
    assert schemas["JobSpec"]["properties"]["hyper_parameters"]
    body = document["paths"]["/jobs"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["preset"] == "fast"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def _references(node: Any) -> set[str]:
    text = json.dumps(node)
    return {part.split('"')[0] for part in text.split('"$ref": "')[1:]}


async def test_the_catalogue_comes_from_the_files(api: httpx.AsyncClient) -> None:
    found = (await api.get("/catalogue")).json()
    names = {(network["engine"], network["name"]) for network in found["networks"]}
    assert {("torch", "unet"), ("gluoncv", "fastscnn")} <= names
    unet = next(network for network in found["networks"] if network["name"] == "unet")
    assert "backbone" in unet["options_schema"]["properties"]
    assert [preset["name"] for preset in found["presets"]] == ["fast", "balanced", "accurate"]
    parameters = found["hyper_parameters"]["properties"]
    assert parameters["epochs"]["group"] == "basic"
    assert all(entry["description"] for entry in parameters.values())
    assert {loss["name"] for loss in found["losses"]} >= {"cross_entropy", "cross_entropy_dice"}
    usual = [entry["name"] for entry in found["augmentations"] if entry["usual"]]
    assert usual == list(usual_augmentations())
    rotation = next(entry for entry in found["augmentations"] if entry["name"] == "rotation")
    assert rotation["options_schema"]["properties"]["degrees"]["maximum"] == 180
    torch = next(engine for engine in found["engines"] if engine["name"] == "torch")
    assert torch["hyper_parameters"]["optimizer"] == "adamw"


async def test_a_bug_is_a_problem_document_too(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docker_sdk_api.jobs.view import JobViews

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(JobViews, "many", broken)
    transport = api._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.raise_app_exceptions = False
    answer = await api.get("/jobs")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "ZeroDivisionError" in answer.json()["detail"]
