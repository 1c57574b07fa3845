"""The server over HTTP: list, predict, mask, overlay, and every refusal."""

from __future__ import annotations

import base64
import errno
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from inference_api.app import create_app
from inference_api.library import Library
from inference_api.settings import Settings
from tests.colour_model import picture, publish, truth
from tests.served import served
from tests.waiting import PATIENCE
from training_api.spec.errors import OutOfSpace

REFUSED = {"target": "onnx", "status": "refused", "reason": "no such operator"}


def png(height: int = 40, width: int = 60) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(height, width)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    publish(models, "m-1", "old")
    publish(models, "m-2", "new", created="2026-02-01T00:00:00.000Z")
    publish(models, "fixed", export={"status": "shipped", "input": [40, 60]}, size=(40, 60))
    publish(models, "engine", export=REFUSED)
    damaged = publish(models, "damaged")
    (damaged / "exports" / "onnx" / "model.onnx").write_bytes(b"not the same")
    (models / ".tmp-x").mkdir()
    publish(models, "unreadable")
    (models / "unreadable" / "manifest.json").write_text("{")
    return models


@pytest.fixture(scope="module")
def client(models: Path) -> Iterator[httpx.Client]:
    app = create_app(Settings(models_dir=models, children=1))
    with served(app) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
        yield client


def test_models_are_listed_newest_first(client: httpx.Client) -> None:
    listed = client.get("/models").json()["models"]
    assert listed[0]["id"] == "m-2"
    assert {model["id"] for model in listed} == {"m-1", "m-2", "fixed", "engine", "damaged"}
    assert listed[0]["miou"] == 0.875
    assert [entry["name"] for entry in listed[0]["classes"]] == ["background", "pad", "circle"]
    one = client.get("/models/m-1").json()
    assert one["manifest"]["preprocessing"]["base_size"] == 0


def test_a_prediction_has_mask_and_shares(client: httpx.Client) -> None:
    answer = client.post("/models/m-1/predict", files={"image": ("a.png", png())})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["model"], found["width"], found["height"]) == ("m-1", 60, 40)
    assert found["seconds"] > 0
    assert [entry["pixels"] for entry in found["classes"]] == [1500, 300, 600]
    assert found["classes"][1] == {
        "id": 1,
        "name": "pad",
        "colour": [200, 10, 20],
        "pixels": 300,
        "share": 0.125,
    }
    with Image.open(io.BytesIO(base64.b64decode(found["mask"]))) as mask:
        assert mask.mode == "P"
        np.testing.assert_array_equal(np.asarray(mask), truth(40, 60))


@pytest.mark.parametrize("size", [(40, 60), (7, 3), (1, 1), (301, 200)])
def test_the_mask_has_the_size_of_the_image(client: httpx.Client, size: tuple[int, int]) -> None:
    answer = client.post("/models/m-1/mask", content=png(*size))
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as mask:
        np.testing.assert_array_equal(np.asarray(mask), truth(*size))


def test_the_overlay_follows_its_opacity(client: httpx.Client) -> None:
    clear = client.post("/models/m-1/overlay", params={"opacity": 0}, content=png())
    with Image.open(io.BytesIO(clear.content)) as shown:
        np.testing.assert_array_equal(np.asarray(shown), picture(40, 60))
    full = client.post("/models/m-1/overlay", params={"opacity": 1}, content=png())
    with Image.open(io.BytesIO(full.content)) as shown:
        np.testing.assert_array_equal(np.asarray(shown)[0, 0], [200, 10, 20])
    refused = client.post("/models/m-1/overlay", params={"opacity": 2}, content=png())
    assert (refused.status_code, refused.json()["field"]) == (422, "opacity")


@pytest.mark.parametrize("model", ["none", "M-1", "..", ".tmp-x", "m-1%2f..%2fm-2", "a" * 200])
@pytest.mark.parametrize("action", ["predict", "mask", "overlay"])
def test_an_unknown_model_is_404(client: httpx.Client, model: str, action: str) -> None:
    answer = client.post(f"/models/{model}/{action}", content=png())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("content", [b"", b"not an image", png()[:50]])
def test_a_bad_image_is_refused_beside_its_field(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/models/m-1/predict", content=content)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["field"]) == ("bad_image", "image")
    assert problem["problems"][0]["message"] == problem["detail"]


def test_a_form_without_the_field_is_refused(client: httpx.Client) -> None:
    answer = client.post("/models/m-1/predict", files={"photo": ("a.png", png())})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_image")
    text = client.post("/models/m-1/predict", data={"image": "text"}, files={"x": b""})
    assert text.status_code == 422


def test_a_damaged_artefact_is_named(client: httpx.Client) -> None:
    answer = client.post("/models/damaged/predict", content=png())
    assert (answer.status_code, answer.json()["code"]) == (409, "corrupt")
    assert "model.onnx" in answer.json()["detail"]
    assert client.get("/models/unreadable").status_code == 409


def test_a_deleted_model_is_not_predicted_from_memory(client: httpx.Client, models: Path) -> None:
    publish(models, "brief")
    assert client.post("/models/brief/mask", content=png()).status_code == 200
    shutil.rmtree(models / "brief")
    assert client.post("/models/brief/mask", content=png()).status_code == 404


def test_a_fixed_size_is_used_where_it_fits(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.post("/models/fixed/mask", content=png(40, 60)).status_code == 200
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", "/nowhere")
    other = client.post("/models/fixed/mask", content=png(41, 60))
    assert (other.status_code, other.json()["code"]) == (409, "no_engine")


def test_a_model_without_onnx_needs_its_engine(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", "/nowhere")
    answer = client.post("/models/engine/predict", content=png())
    assert (answer.status_code, answer.json()["code"]) == (409, "no_engine")
    assert "torch engine is not installed" in answer.json()["detail"]


def test_the_description_names_both_ways_to_send_an_image(client: httpx.Client) -> None:
    document = json.loads(client.get("/openapi.json").content)
    body = document["paths"]["/models/{model_id}/predict"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "image/*"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 507, "disk_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 507, "disk_full"),
        (OutOfSpace("The disk is full. Free some space."), 507, "disk_full"),
        (OSError(errno.EIO, "Input/output error"), 500, "internal_error"),
        (ZeroDivisionError("of ours"), 500, "internal_error"),
    ],
)
def test_failures_are_problems_too(
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    def fail(library: Library) -> None:
        raise error

    monkeypatch.setattr(Library, "manifests", fail)
    answer = client.get("/models")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "of ours" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 507)
