"""From the weights of a spec to the file that a run starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training_api.spec.dataset import DatasetClass
from training_api.spec.errors import InvalidSpec, SegsmithError
from training_api.spec.files import sha256_of
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.model import ModelManifest, Preprocessing
from training_api.spec.weights import InitialWeights, Weights, WeightsMissing
from training_api.weights.cache import WeightsCache
from training_api.weights.initial import Target, initial_weights
from training_api.weights.registry import weight_file

UNET = Target(EngineName.torch, "unet", {"backbone": "resnet18"}, "resnet18")
DEEPLAB = Target(
    EngineName.gluoncv, "deeplab", {"backbone": "resnet101", "aux": True}, "resnet101_v1s"
)
FASTSCNN = Target(EngineName.gluoncv, "fastscnn", {"aux": True})


def resolved(home: Path, target: Target, **weights: Any) -> InitialWeights | None:
    return initial_weights(home, Weights.model_validate(weights), target)


def place(home: Path, weight_id: str) -> Path:
    """As if it had been fetched; published digests are another test's subject."""
    file = weight_file(weight_id).model_copy(update={"digest": None})
    cache = WeightsCache(home / "weights")
    arrived = cache.incoming(file)
    arrived.write_bytes(b"tensors")

    def convert(source: Path, target: Path) -> None:
        target.write_bytes(b"converted " + source.read_bytes())

    record = cache.accept(file, arrived, source="http://mirror/file", convert=convert)
    return cache.folder(file) / record.loaded


def publish(home: Path, **changes: Any) -> str:
    folder = home / "models" / "model-1"
    folder.mkdir(parents=True)
    facts: dict[str, Any] = {
        "id": "model-1",
        "name": "Pads",
        "created": "2025-01-01T00:00:00Z",
        "job_id": "job-1",
        "engine": "torch",
        "network": {"name": "unet", "options": {"backbone": "resnet18"}},
        "dataset": {"name": "pads"},
        "classes": [
            DatasetClass(id=place, name=name, colour=(0, 0, 0))
            for place, name in enumerate(("background", "pad"))
        ],
        "preprocessing": Preprocessing(base_size=0),
        "metrics": {},
        "spec": {},
        "environment": {},
        "licences": {},
        "exports": {},
        "files": {"weights.safetensors": "ab" * 32},
    }
    ModelManifest.model_validate(facts | changes).save(folder)
    return "model-1"


def classifier(home: Path, architecture: str, weights: str) -> None:
    folder = home / "weights" / "classifiers" / "caps"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(f'{{"network": "{architecture}", "epochs": 9}}')
    (folder / "classes.txt").write_text("cap,no cap")
    (folder / weights).write_bytes(b"tensors")


def test_scratch_needs_no_file(tmp_path: Path) -> None:
    assert resolved(tmp_path, UNET, mode="scratch") is None


def test_imagenet_takes_the_recommended_backbone_and_its_converted_file(tmp_path: Path) -> None:
    path = place(tmp_path, "torchvision:resnet18")
    found = resolved(tmp_path, UNET, mode="imagenet")
    assert found is not None
    assert (found.id, found.scope, found.format) == (
        "torchvision:resnet18",
        "encoder",
        "safetensors",
    )
    assert Path(found.path) == path.resolve()
    assert found.sha256 == sha256_of(path)
    assert found.licence.startswith("BSD-3-Clause")
    assert found.source == "http://mirror/file"


def test_named_weights_bring_the_classes_of_their_head(tmp_path: Path) -> None:
    place(tmp_path, "gluoncv:deeplab_resnet101_voc")
    found = resolved(tmp_path, DEEPLAB, mode="named", name="gluoncv:deeplab_resnet101_voc")
    assert found is not None
    assert (found.scope, found.format) == ("network", "params")
    assert found.classes[:2] == ["background", "aeroplane"]
    assert found.dataset == "PASCAL VOC"


def test_weights_that_are_not_here_name_the_command_that_brings_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="weights fetch torchvision:resnet18") as caught:
        resolved(tmp_path, UNET, mode="imagenet")
    assert (caught.value.code, caught.value.field) == ("weights_missing", "weights.name")


@pytest.mark.parametrize(
    ("target", "weights", "field", "sentence"),
    [
        (FASTSCNN, {"mode": "imagenet"}, "weights.mode", "no ImageNet weights are published"),
        (UNET, {"mode": "named", "name": "x:y"}, "weights.name", "no published weights 'x:y'"),
        (
            UNET,
            {"mode": "imagenet", "name": "torchvision:resnet50"},
            "weights.name",
            "does not fit unet with resnet18.*torchvision:resnet18",
        ),
        (
            UNET,
            {"mode": "named", "name": "gluoncv:deeplab_resnet101_voc"},
            "weights.name",
            "Choose another network or weights",
        ),
        (
            DEEPLAB,
            {"mode": "named", "name": "gluoncv:deeplab_resnet50_ade"},
            "weights.name",
            "Choose one of: gluoncv:deeplab_resnet101_coco",
        ),
        (
            FASTSCNN,
            {"mode": "named", "name": "gluoncv:fastscnn_citys", "freeze_backbone": True},
            "weights.freeze_backbone",
            "no separate backbone",
        ),
        (UNET, {"mode": "model", "model": "model-9"}, "weights.model", "no model 'model-9'"),
        (
            UNET,
            {"mode": "classifier", "classifier": "pads"},
            "weights.classifier",
            "no classifier 'pads'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    tmp_path: Path, target: Target, weights: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(SegsmithError, match=sentence) as caught:
        resolved(tmp_path, target, **weights)
    assert caught.value.field == field


def test_an_own_model_brings_its_classes_and_hash(tmp_path: Path) -> None:
    found = resolved(tmp_path, UNET, mode="model", model=publish(tmp_path))
    assert found is not None
    assert found.classes == ["background", "pad"]
    assert found.sha256 == "ab" * 32
    assert found.path.endswith("models/model-1/weights.safetensors")


def test_an_auxiliary_head_makes_no_other_network(tmp_path: Path) -> None:
    options = {"backbone": "resnet50", "aux": False}
    publish(tmp_path, network={"name": "fcn", "options": options})
    target = Target(EngineName.torch, "fcn", options | {"aux": True}, "resnet50")
    assert resolved(tmp_path, target, mode="model", model="model-1") is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"engine": "gluoncv"},
        {"network": {"name": "fcn", "options": {"backbone": "resnet18"}}},
        {"network": {"name": "unet", "options": {"backbone": "resnet34"}}},
    ],
)
def test_a_model_of_another_network_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    publish(tmp_path, **changes)
    with pytest.raises(InvalidSpec, match="Choose the same network") as caught:
        resolved(tmp_path, UNET, mode="model", model="model-1")
    assert caught.value.field == "weights.model"


def test_a_classifier_s_backbone_is_found_by_its_architecture(tmp_path: Path) -> None:
    classifier(tmp_path, "resnet101_v1s", "model_best.params")
    found = resolved(tmp_path, DEEPLAB, mode="classifier", classifier="caps")
    assert found is not None
    assert (found.scope, found.format) == ("encoder", "params")
    assert found.sha256 == sha256_of(Path(found.path))
    assert resolved(tmp_path, DEEPLAB, mode="classifier", classifier="caps") == found


def test_a_classifier_of_another_architecture_or_engine_is_refused(tmp_path: Path) -> None:
    classifier(tmp_path, "resnet50_v1", "model_best.params")
    with pytest.raises(InvalidSpec, match=r"is a resnet50_v1 .*resnet101_v1s"):
        resolved(tmp_path, DEEPLAB, mode="classifier", classifier="caps")
    classifier(tmp_path / "b", "resnet18", "model_best.params")
    with pytest.raises(InvalidSpec, match="in GluonCV's format"):
        resolved(tmp_path / "b", UNET, mode="classifier", classifier="caps")
