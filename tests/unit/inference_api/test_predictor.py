"""The predictor: the engine's process, and what happens when processes die or are too many."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from inference_api.app import create_app
from inference_api.engine_process import PredictionFailed
from inference_api.predictor import Predictor
from inference_api.settings import Settings
from tests.colour_model import picture, publish, truth
from training_api.spec.model import ModelManifest
from training_api.spec.pool import ChildFailed

REFUSED = {"target": "onnx", "status": "refused", "reason": "no such operator"}
OF_ONE_SIZE = {"target": "onnx", "status": "shipped", "reason": "", "input": [48, 64]}

# Stands in for an engine's interpreter: `INTERPRETER -P -m training_api.predict --model … --out …`
WORKING = """
import sys
from PIL import Image
import numpy as np
options = dict(zip(sys.argv[4::2], sys.argv[5::2]))
image = np.asarray(Image.open(options["--image"]).convert("RGB")).astype(int)
red, green, blue = image[..., 0], image[..., 1], image[..., 2]
mask = (red > green + blue + 128) * 1 + (blue > red + green + 128) * 2
Image.fromarray(mask.astype("uint8")).save(options["--out"])
"""
FAILING = "import sys; sys.exit('libmxnet.so is missing')"
HANGING = "import time; time.sleep(600)"


@pytest.fixture
def predictor() -> Iterator[Predictor]:
    predictor = Predictor(seconds=60)
    yield predictor
    predictor.close()


def jpeg(height: int = 40, width: int = 60) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    upside_down = np.rot90(picture(height, width), 2)
    Image.fromarray(upside_down).save(buffer, "JPEG", quality=98, subsampling=0, exif=exif)
    return buffer.getvalue()


def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    script = tmp_path / "engine.py"
    script.write_text(program)
    interpreter = tmp_path / "python"
    interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
    interpreter.chmod(0o755)
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", str(interpreter))


@pytest.mark.parametrize("export", [REFUSED, OF_ONE_SIZE], ids=["refused", "of another size"])
def test_the_engine_predicts_what_has_no_artefact(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, export: dict[str, Any]
) -> None:
    engine(tmp_path, monkeypatch, WORKING)
    folder = publish(tmp_path, export=export, size=(48, 64))
    found = predictor.predict(folder, ModelManifest.load(folder), jpeg(), opacity=0.5)
    with Image.open(io.BytesIO(found.mask)) as mask:
        assert mask.mode == "P"
        np.testing.assert_array_equal(np.asarray(mask), truth(40, 60))
    assert [entry.pixels for entry in found.classes] == [1500, 300, 600]
    assert found.overlay is not None and found.seconds > 0


def test_both_ways_agree(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(tmp_path, monkeypatch, WORKING)
    masks = []
    for name, export in (("a", None), ("b", REFUSED)):
        folder = publish(tmp_path, name, export=export)
        masks.append(predictor.predict(folder, ModelManifest.load(folder), jpeg()).mask)
    assert masks[0] == masks[1]


def test_a_failing_engine_is_quoted(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(tmp_path, monkeypatch, FAILING)
    folder = publish(tmp_path, export=REFUSED)
    with pytest.raises(PredictionFailed, match=r"libmxnet\.so is missing"):
        predictor.predict(folder, ModelManifest.load(folder), jpeg())


def test_a_hanging_engine_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine(tmp_path, monkeypatch, HANGING)
    folder = publish(tmp_path, export=REFUSED)
    predictor = Predictor(seconds=5)
    with pytest.raises(PredictionFailed, match="longer than 5 s"):
        predictor.predict(folder, ModelManifest.load(folder), jpeg())
    predictor.close()


def test_an_image_beyond_the_memory_is_an_error_and_the_next_one_works(tmp_path: Path) -> None:
    folder = publish(tmp_path)
    manifest = ModelManifest.load(folder)
    predictor = Predictor(memory=2 << 30)
    buffer = io.BytesIO()
    Image.new("RGB", (8000, 5000)).save(buffer, "PNG")
    with pytest.raises(Exception, match=r"[Mm]emory") as caught:
        predictor.predict(folder, manifest, buffer.getvalue())
    assert isinstance(caught.value, ChildFailed) or caught.value.code == "image_too_large"
    assert predictor.predict(folder, manifest, jpeg()).width == 60
    predictor.close()


async def test_a_flood_is_turned_away_and_the_rest_answered(tmp_path: Path) -> None:
    publish(tmp_path, "m-1")
    app = create_app(Settings(models_dir=tmp_path, children=1, waiting=1))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        import asyncio

        requests = [client.post("/models/m-1/mask", content=jpeg()) for _ in range(12)]
        answers = await asyncio.gather(*requests)
    states = [answer.status_code for answer in answers]
    assert set(states) == {200, 503} and states.count(200) >= 2
    turned_away = next(answer for answer in answers if answer.status_code == 503)
    assert turned_away.json()["code"] == "busy" and turned_away.headers["retry-after"] == "2"


def test_the_predictor_is_thread_safe(predictor: Predictor, tmp_path: Path) -> None:
    folder = publish(tmp_path)
    manifest = ModelManifest.load(folder)
    barrier = threading.Barrier(4)

    def one(height: int) -> int:
        barrier.wait()
        return predictor.predict(folder, manifest, jpeg(height, 60)).height

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, (20, 24, 28, 32))) == [20, 24, 28, 32]
