"""What a launch says of the weights that a training starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.weights.first import launched_weights
from training_api.spec.directory import JobDirectory
from training_api.spec.files import write_json
from training_api.spec.job import parse_spec
from training_api.weights.cache import WeightsCache
from training_api.weights.registry import weight_file
from training_api.weights.seed import SEED


def job(home: Path, weights: dict[str, Any]) -> JobDirectory:
    directory = JobDirectory(home / "jobs" / "job-1")
    directory.path.mkdir(parents=True)
    network = {"name": "unet", "options": {"backbone": "resnet34"}}
    document = {"name": "A", "dataset": "ds", "network": network, "weights": weights}
    write_json(directory.spec_path, parse_spec(document).document())
    return directory


def place(weights: Path, weights_id: str) -> None:
    file = weight_file(weights_id).model_copy(update={"digest": None})
    cache = WeightsCache(weights)
    arrived = cache.incoming(file)
    arrived.write_bytes(b"tensors")
    cache.accept(file, arrived, source="by hand", convert=converted)


def converted(source: Path, target: Path) -> None:
    target.write_bytes(b"t")


def test_the_recommended_backbone_s_file_is_named_with_its_licence(tmp_path: Path) -> None:
    place(tmp_path / "weights", "torchvision:resnet34")
    found = launched_weights(tmp_path, job(tmp_path, {"mode": "imagenet"}), "train")
    assert found is not None
    assert found.id == "torchvision:resnet34" and found.licence.startswith("BSD-3-Clause")
    assert Path(found.path).is_absolute() and Path(found.path).read_bytes() == b"t"


def test_what_has_gone_and_what_needs_no_weights_has_none(tmp_path: Path) -> None:
    gone = job(tmp_path / "a", {"mode": "imagenet"})
    assert launched_weights(tmp_path / "a", gone, "train") is None
    assert launched_weights(tmp_path / "a", gone, "fetch") is None
    assert (
        launched_weights(tmp_path / "b", job(tmp_path / "b", {"mode": "scratch"}), "train") is None
    )


def test_what_came_with_the_installation_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path / "seed", "torchvision:resnet34")
    monkeypatch.setenv(SEED, str(tmp_path / "seed"))
    home = tmp_path / "home"
    found = launched_weights(home, job(home, {"mode": "imagenet"}), "train")
    assert found is not None and found.id == "torchvision:resnet34"
    assert Path(found.path).is_relative_to(home / "weights")
    assert Path(found.path).read_bytes() == b"t"
