"""ONNX export of every network: one size, the engine's pixels, and a proof that can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

from tests.small_gluoncv import NETWORKS, batch, make_engine, photo
from training_api.exports import exports_for
from training_api.exports.onnx_gluoncv_graph import mean_matrix
from training_api.exports.proof import onnx_predict
from training_api.exports.scripts import write_scripts
from training_api.spec.dataset import DatasetClass
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import ModelManifest

pytestmark = pytest.mark.usefixtures("freed_memory")

[EXPORT] = exports_for(EngineName.gluoncv)
USUAL = (70, 130)
"""The network sees 64×128 of it, which is not what it was trained at."""


def images() -> list[np.ndarray]:
    return [photo(100, 90), photo(*USUAL, 1), photo(*USUAL, 2)]


@pytest.fixture(scope="module")
def learned() -> Any:
    """A Fast-SCNN that tells rectangles from noise, so that a shifted pixel is another class."""
    engine = make_engine("fastscnn")
    for step in range(30):
        engine.train_step(*batch(step, 4), 0.05)
    return engine


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_gives_the_engines_pixels(tmp_path: Path, name: str) -> None:
    engine = make_engine(name)
    engine.train_step(*batch(0), 0.01)
    record = EXPORT.export(engine, images(), tmp_path)
    assert record["status"] == "shipped", record["reason"]
    assert record["files"] == ["model.onnx"]
    assert record["input"] == list(USUAL)
    assert record["images"] == 2
    assert record["agreement"] >= 0.999
    assert read_json(tmp_path / "manifest.json") == {"schema": 1} | record
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert sizes(graph.input) == {"images": [1, 3, *USUAL]}
    assert sizes(graph.output) == {"logits": [1, 2, *USUAL]}
    image = photo(*USUAL, 9)
    found = onnx_predict(tmp_path / "model.onnx", engine.preprocessing)(image)
    expected = engine.predict(image)
    assert np.ptp(expected[0, 1] - expected[0, 0]) > 100 * np.abs(found - expected).max()
    assert np.isfinite(engine.train_step(*batch(9), 0.003)), "training goes on after an export"


def sizes(values: Any) -> dict[str, list[int]]:
    return {v.name: [side.dim_value for side in v.type.tensor_type.shape.dim] for v in values}


def test_an_image_of_the_networks_size_passes_without_a_resize(
    tmp_path: Path, learned: Any
) -> None:
    record = EXPORT.export(learned, [photo(64, 128)], tmp_path)
    assert record["status"] == "shipped", record["reason"]
    assert record["input"] == [64, 128]


@pytest.mark.parametrize(
    ("change", "reason"),
    [(lambda x: -x, "another class"), (lambda x: x + 1, "logits differ by")],
)
def test_a_file_that_disagrees_is_refused(
    tmp_path: Path, monkeypatch: Any, learned: Any, change: Any, reason: str
) -> None:
    truth = learned.predict
    monkeypatch.setattr(learned, "predict", lambda image: change(truth(image)))
    record = EXPORT.export(learned, images(), tmp_path)
    assert record["status"] == "refused"
    assert reason in record["reason"]
    assert record["files"] == []
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_the_proof_sees_a_resize_with_other_corners(
    tmp_path: Path, monkeypatch: Any, learned: Any
) -> None:
    """What MXNet's own converter would write: aligned corners everywhere."""
    make_node = onnx.helper.make_node

    def aligned(*names: Any, **attributes: Any) -> Any:
        if "coordinate_transformation_mode" in attributes:
            attributes["coordinate_transformation_mode"] = "align_corners"
        return make_node(*names, **attributes)

    monkeypatch.setattr(onnx.helper, "make_node", aligned)
    record = EXPORT.export(learned, [photo(256, 384)], tmp_path)
    assert record["status"] == "refused"
    assert record["agreement"] < 0.999 or record["max_abs_difference"] > 0.05


def test_nothing_is_shipped_unproven(tmp_path: Path, learned: Any) -> None:
    record = EXPORT.export(learned, [], tmp_path)
    assert record["status"] == "refused"
    assert "no validation image" in record["reason"]


@pytest.mark.parametrize(("count", "parts"), [(7, 3), (2, 6), (12, 6), (5, 1)])
def test_rows_of_a_mean_matrix_average_what_they_touch(count: int, parts: int) -> None:
    """Against the definition: output i covers [i·count/parts, (i+1)·count/parts), widened."""
    values = np.random.default_rng(0).normal(size=count).astype(np.float32)
    found = mean_matrix(count, parts) @ values
    for row in range(parts):
        first = int(np.floor(row * count / parts))
        end = int(np.ceil((row + 1) * count / parts))
        assert found[row] == pytest.approx(values[first:end].mean(), abs=1e-6)


def test_the_models_script_predicts_its_size_and_names_the_way_for_others(
    tmp_path: Path, learned: Any
) -> None:
    target = tmp_path / "exports" / "onnx"
    target.mkdir(parents=True)
    manifest = manifest_of(learned, EXPORT.export(learned, images(), target))
    write_scripts(tmp_path, manifest)
    manifest.save(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "photos of 130×70 pixels only" in text
    assert "any size" not in text
    Image.fromarray(photo(*USUAL, 9)).save(tmp_path / "usual.png")
    Image.fromarray(photo(71, 130)).save(tmp_path / "other.png")
    command = [sys.executable, "-I", "predict.py", "usual.png", "other.png", "--out", "masks"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("other.png: predict.py takes images of 130×70 pixels")
    assert "segsmith predict" in done.stderr
    mask = np.asarray(Image.open(tmp_path / "masks" / "usual.png"))
    assert (mask == learned.predict(photo(*USUAL, 9))[0].argmax(0)).mean() >= 0.999
    assert set(np.unique(mask)) == {0, 1}


def manifest_of(engine: Any, record: dict[str, Any]) -> ModelManifest:
    return ModelManifest(
        id="m-1",
        name="Panels",
        created="2026-01-01T00:00:00Z",
        job_id="j-1",
        engine="gluoncv",
        network={"name": "fastscnn", "title": "Fast-SCNN"},
        dataset={"name": "panels", "training_images": 8, "validation_images": 3},
        classes=[
            DatasetClass(id=0, name="background", colour=(0, 0, 0)),
            DatasetClass(id=1, name="pad", colour=(230, 159, 0)),
        ],
        preprocessing=engine.preprocessing,
        metrics={"epoch": 1, "miou": 0.5, "iou": [0.9, 0.1]},
        spec={},
        environment={},
        licences={"network": "Apache-2.0"},
        exports={"onnx": record},
        files={},
    )
