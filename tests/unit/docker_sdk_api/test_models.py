from __future__ import annotations

import io
import zipfile
from pathlib import Path

import httpx
import pytest

from docker_sdk_api.home import Home
from tests.unit.docker_sdk_api.test_jobs_api import reached, start
from training_api.spec.model import verify_model


@pytest.fixture
async def model_id(api: httpx.AsyncClient) -> str:
    """A model that a job has published."""
    view = await reached(api, await start(api, "my panel"), "succeeded")
    return str(view["model_id"])


async def test_a_model_in_the_list(api: httpx.AsyncClient, model_id: str) -> None:
    (model,) = (await api.get("/models")).json()["models"]
    assert model["id"] == model_id
    assert model["name"] == "my panel"
    assert (model["engine"], model["network"], model["backbone"]) == ("torch", "unet", "resnet18")
    assert model["iou"] == {"background": 0.9, "part": 0.1}
    assert model["miou"] == 0.5
    assert model["exports"] == []
    assert model["size_bytes"] > 100
    detail = (await api.get(f"/models/{model_id}")).json()
    assert detail["manifest"]["schema"] == 1
    assert {key: detail[key] for key in model} == model


async def test_the_download_is_the_model(
    api: httpx.AsyncClient, model_id: str, tmp_path: Path
) -> None:
    first = await api.get(f"/models/{model_id}/download")
    again = await api.get(f"/models/{model_id}/download")
    assert first.content == again.content
    assert 'filename="my panel.zip"' in first.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    assert verify_model(tmp_path / "out").id == model_id


async def test_a_deleted_model_is_gone_from_its_job(
    api: httpx.AsyncClient, model_id: str, home: Home
) -> None:
    assert (await api.delete(f"/models/{model_id}")).status_code == 204
    assert (await api.delete(f"/models/{model_id}")).status_code == 404
    assert list(home.models.iterdir()) == []
    (job,) = (await api.get("/jobs")).json()["jobs"]
    assert job["model_id"] is None
    assert "download" not in job["actions"]


async def test_a_damaged_model_hides_no_other(
    api: httpx.AsyncClient, model_id: str, home: Home
) -> None:
    for name, text in (("broken", "{"), ("foreign", '{"a": 1}'), (".tmp-x", "{}")):
        (home.models / name).mkdir()
        (home.models / name / "manifest.json").write_text(text)
    listed = (await api.get("/models")).json()["models"]
    assert [model["id"] for model in listed] == [model_id]
    for name in ("broken", "foreign"):
        answer = await api.get(f"/models/{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "corrupt")
