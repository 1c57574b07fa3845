"""ONNX export: any size, the engine's pixels, and a proof that can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from tests.small_torch import batch, make_engine, photo, shared_engine, smallest_variants
from training_api.exports import exports_for, onnx_torch
from training_api.exports.onnx_torch import write_by_export
from training_api.exports.proof import onnx_predict
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName

[EXPORT] = exports_for(EngineName.torch)


def images() -> list[np.ndarray]:
    sizes = ((96, 128), (151, 111), (97, 301))
    return [photo(*size, seed) for seed, size in enumerate(sizes)]


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_the_file_gives_the_engines_pixels(tmp_path: Path, name: str, backbone: str) -> None:
    engine = shared_engine(name, backbone)
    for step in range(2):
        engine.train_step(*batch(step), 0.003)
    record = EXPORT.export(engine, images(), tmp_path)
    assert record["status"] == "shipped", record["reason"]
    assert record["files"] == ["model.onnx"]
    assert record["images"] == 5
    assert record["agreement"] > 0.999
    assert record["max_abs_difference"] >= 0
    assert read_json(tmp_path / "manifest.json")["input"] == "dynamic"
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert {tensor.data_type for tensor in graph.initializer} <= {
        onnx.TensorProto.FLOAT,
        onnx.TensorProto.INT64,
    }
    assert not any("aux_classifier" in tensor.name for tensor in graph.initializer)
    predict = onnx_predict(tmp_path / "model.onnx", engine.preprocessing)
    for height, width in ((200, 133), (64, 64), (41, 500)):
        image = photo(height, width, 9)
        found, expected = predict(image), engine.predict(image)
        assert found.shape == (1, 2, height, width)
        assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()
        assert (found.argmax(1) == expected.argmax(1)).mean() > 0.999
    assert np.isfinite(engine.train_step(*batch(9), 0.003)), "training goes on after an export"


def test_without_a_base_size_images_keep_their_scale(tmp_path: Path) -> None:
    record = EXPORT.export(make_engine(base_size=0), images(), tmp_path)
    assert record["status"] == "shipped", record["reason"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [(lambda x: -x, "another class"), (lambda x: 1.1 * x + 1, "logits differ by")],
)
def test_a_file_that_disagrees_is_refused(
    tmp_path: Path, monkeypatch: Any, change: Any, reason: str
) -> None:
    engine = make_engine()
    truth = engine.predict
    monkeypatch.setattr(onnx_torch, "write_by_export", lambda module, path: None)
    monkeypatch.setattr(engine, "predict", lambda image: change(truth(image)))
    record = EXPORT.export(engine, images(), tmp_path)
    assert record["status"] == "refused"
    assert reason in record["reason"]
    assert record["files"] == []
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_graph_with_fixed_sizes_is_refused_then_written_another_way(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """What a network does to sizes may escape tracing: the proof sees it, torch.export follows."""

    def fixed(module: Any, path: Path) -> None:
        import torch

        torch.onnx.export(module, (torch.zeros(1, 3, 96, 128),), str(path), dynamo=False)

    ways: list[str] = []

    def followed(module: Any, path: Path) -> None:
        ways.append("followed")
        write_by_export(module, path)

    monkeypatch.setattr(onnx_torch, "write_by_tracing", fixed)
    monkeypatch.setattr(onnx_torch, "write_by_export", followed)
    record = EXPORT.export(make_engine(), images(), tmp_path)
    assert ways == ["followed"]
    assert record["status"] == "shipped", record["reason"]


def test_nothing_is_shipped_unproven(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(onnx_torch, "write_by_export", lambda module, path: None)
    record = EXPORT.export(make_engine(), [], tmp_path)
    assert record["status"] == "refused"
    assert "no validation image" in record["reason"]
