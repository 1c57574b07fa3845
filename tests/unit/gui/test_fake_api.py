"""The API in memory answers in the shapes of the real one, so that page tests mean something."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from docker_sdk_api.catalogue import catalogue
from docker_sdk_api.schemas.dataset import DatasetSummary, ScanView, SplitCounts
from docker_sdk_api.schemas.job import JobDetail, JobPage, JobSize, NameAnswer
from docker_sdk_api.schemas.model import ModelDetail, ModelList
from docker_sdk_api.schemas.system import SpecAnswer, System
from docker_sdk_api.schemas.weights import FetchAnswer, WeightsFile, WeightsList
from tests.unit.gui.fake_api import FakeApi

SHAPES: list[tuple[str, Any]] = [
    ("/jobs", JobPage),
    *((f"/jobs/{job['id']}", JobDetail) for job in FakeApi().jobs),
    ("/jobs/j-done/size", JobSize),
    ("/job-names/x", NameAnswer),
    ("/models", ModelList),
    ("/models/m-j-done", ModelDetail),
    ("/datasets", list[DatasetSummary]),
    ("/datasets/camvid", ScanView),
    ("/dataset-versions/dv-2222222222222222/split?training_percent=80", SplitCounts),
    ("/system", System),
    ("/weights", WeightsList),
    ("/weights/torchvision:resnet18", WeightsFile),
]


@pytest.mark.parametrize(("address", "shape"), SHAPES)
async def test_an_answer_has_the_real_shape(api: FakeApi, address: str, shape: Any) -> None:
    async with _client(api) as client:
        answer = (await client.get("/api/v1" + address)).json()
    checked = TypeAdapter(shape).validate_python(answer)
    assert _keys(TypeAdapter(shape).dump_python(checked, mode="json")) == _keys(answer)


async def test_a_checked_spec_has_the_real_shape(api: FakeApi) -> None:
    async with _client(api) as client:
        answer = (await client.post("/api/v1/specs/check", json={"name": "x"})).json()
    assert SpecAnswer.model_validate(answer).problems


async def test_a_fetch_has_the_real_shape(api: FakeApi) -> None:
    async with _client(api) as client:
        answer = (await client.post("/api/v1/weights/torchvision:resnet101/fetch")).json()
    assert FetchAnswer.model_validate(answer).job


def test_the_catalogue_has_the_real_keys(api: FakeApi) -> None:
    real, fake = catalogue(), api.catalogue
    assert real["hyper_parameters"] == fake["hyper_parameters"]
    for part in ("presets", "engines", "networks", "losses", "augmentations"):
        assert {*real[part][0]} == {*fake[part][0]}


def _client(api: FakeApi) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")


def _keys(value: Any) -> Any:
    """The skeleton of a JSON value: keys of objects, and of a list's first element."""
    if isinstance(value, BaseModel):
        return _keys(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {name: _keys(part) for name, part in value.items()}
    return [_keys(value[0])] if isinstance(value, list) and value else type(value).__name__
