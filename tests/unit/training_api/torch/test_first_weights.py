"""First weights in the torch engine: numbers land where they belong, and frozen ones stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file

from tests.small_torch import SIZE, batch, torch_networks, weights
from training_api.engines import engine_class
from training_api.engines.base import Setup
from training_api.engines.torch_initial import _head
from training_api.losses import loss_for
from training_api.networks import network_for
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.model import Preprocessing
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.spec.weights_report import UnfitWeights
from training_api.weights.conversion import convert


def engine_for(classes: int, network: str = "unet", *, frozen: bool = False, **options: Any) -> Any:
    setup = Setup(
        class_shares=[1 / classes] * classes,
        size=SIZE,
        hyper_parameters=HyperParameters(seed=classes, optimizer="sgd"),
        preprocessing=Preprocessing(base_size=64),
        cpus=2,
        freeze_backbone=frozen,
    )
    described = network_for(EngineName.torch, network, {"backbone": "resnet18"} | options)
    criterion = loss_for("cross_entropy", {})
    return engine_class(EngineName.torch)(described, criterion, setup)


def first(path: Path, mode: str, scope: str, classes: list[str] | None = None) -> InitialWeights:
    return InitialWeights(
        mode=WeightsMode(mode),
        id="some-weights",
        path=str(path),
        format="safetensors",
        scope=scope,  # type: ignore[arg-type]
        classes=classes or [],
    )


def test_an_own_model_s_head_keeps_the_rows_of_its_classes(tmp_path: Path) -> None:
    theirs = ["background", "pad", "circle"]
    old, new = engine_for(3), engine_for(4)
    before = weights(new)
    path = tmp_path / old.save_weights(tmp_path)
    report = new.start_from(
        first(path, "model", "network", theirs), ["circle", "nut", "background", "bolt"]
    )
    after, source = weights(new), weights(old)
    head = ["network.segmentation_head.0.weight", "network.segmentation_head.0.bias"]
    assert report.replaced == head
    assert report.kept_classes == ["circle", "background"]
    for name in head:
        mine, old_rows, fresh = (
            after[f"model/{name}"],
            source[f"model/{name}"],
            before[f"model/{name}"],
        )
        np.testing.assert_array_equal(mine[[0, 2]], old_rows[[2, 0]])
        np.testing.assert_array_equal(mine[[1, 3]], fresh[[1, 3]])
    others = [name for name in after if name.removeprefix("model/") not in head]
    assert others and all(np.array_equal(after[name], source[name]) for name in others)
    assert sorted(report.loaded) == sorted(name.removeprefix("model/") for name in others)


def test_an_imagenet_backbone_comes_from_a_pth_of_torchvision(tmp_path: Path) -> None:
    declare_missing_operators()
    from torchvision.models import resnet18

    torch.manual_seed(7)
    classifier = resnet18(weights=None).state_dict()
    torch.save(classifier, tmp_path / "resnet18.pth")  # noqa: TID251 (as weights are published)
    convert(tmp_path / "resnet18.pth", tmp_path / "resnet18.safetensors")
    engine = engine_for(2)
    before = weights(engine)
    path = tmp_path / "resnet18.safetensors"
    report = engine.start_from(first(path, "imagenet", "encoder"), ["background", "pad"])
    after = weights(engine)
    encoder = [name for name in classifier if not name.startswith("fc.")]
    for name in encoder:
        np.testing.assert_array_equal(
            after[f"model/network.encoder.{name}"], classifier[name].numpy()
        )
    assert sorted(report.loaded) == sorted(f"network.encoder.{name}" for name in encoder)
    assert report.unexpected == ["fc.bias", "fc.weight"]
    assert report.fresh and all(
        np.array_equal(after[f"model/{name}"], before[f"model/{name}"]) for name in report.fresh
    )


@pytest.mark.parametrize("network", ["fcn", "deeplabv3"])
def test_torchvision_s_own_networks_take_the_same_backbone(tmp_path: Path, network: str) -> None:
    declare_missing_operators()
    from torchvision.models import resnet50

    save_file(resnet50(weights=None).state_dict(), tmp_path / "w.safetensors")
    engine = engine_for(2, network, backbone="resnet50", aux=False)
    report = engine.start_from(
        first(tmp_path / "w.safetensors", "imagenet", "encoder"), ["background", "pad"]
    )
    assert report.missing == report.mismatched == []
    assert len(report.loaded) == 318


def test_a_published_network_of_torchvision_gets_a_new_head(tmp_path: Path) -> None:
    declare_missing_operators()
    from torchvision.models.segmentation import lraspp_mobilenet_v3_large

    published = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21)
    save_file(published.state_dict(), tmp_path / "w.safetensors")
    engine = engine_for(2, "lraspp", backbone="mobilenet_v3_large")
    named = first(
        tmp_path / "w.safetensors", "named", "network", ["background", *"abcdefghijklmnopqrst"]
    )
    report = engine.start_from(named, ["background", "pad"])
    assert {name.rsplit(".", 1)[0] for name in report.replaced} == {
        "network.classifier.low_classifier",
        "network.classifier.high_classifier",
    }
    assert report.missing == report.unexpected == report.kept_classes == []
    state = weights(engine)
    for name, tensor in published.state_dict().items():
        if "_classifier" not in name:
            np.testing.assert_array_equal(state[f"model/network.{name}"], tensor.numpy())


def test_a_network_that_does_not_fit_is_left_as_it_was(tmp_path: Path) -> None:
    other = engine_for(2, backbone="resnet34")
    path = tmp_path / other.save_weights(tmp_path)
    engine = engine_for(2)
    before = weights(engine)
    with pytest.raises(UnfitWeights, match=r"network\.(decoder|encoder)") as caught:
        engine.start_from(first(path, "model", "network", ["a", "b"]), ["a", "b"])
    report = caught.value.report
    file = load_file(path)
    for wrong in report.mismatched:
        assert wrong.in_network != wrong.in_file == list(file[wrong.name].shape)
    assert set(report.unexpected) == {n for n in file if f"model/{n}" not in before}
    after = weights(engine)
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_a_frozen_backbone_stays_and_the_head_learns() -> None:
    engine = engine_for(2, frozen=True)
    before = {name: value.copy() for name, value in weights(engine).items()}
    for step in range(3):
        engine.train_step(*batch(step), 0.1)
    after = weights(engine)
    encoder = [name for name in before if name.startswith("model/network.encoder.")]
    assert any("running_mean" in name for name in encoder)
    assert all(np.array_equal(before[name], after[name]) for name in encoder)
    others = [name for name in before if name not in encoder and "num_batches" not in name]
    assert others and not any(np.array_equal(before[name], after[name]) for name in others)


def test_a_frozen_run_goes_on_from_its_state() -> None:
    engine, again = engine_for(2, frozen=True), engine_for(2, frozen=True)
    engine.train_step(*batch(0), 0.1)
    again.restore(*engine.state())
    losses = [one.train_step(*batch(1), 0.1) for one in (engine, again)]
    assert losses[0] == losses[1]


def test_scratch_is_what_the_seed_gives_bit_for_bit() -> None:
    described = network_for(EngineName.torch, "unet", {"backbone": "resnet18"})
    torch.manual_seed(2)
    expected = described.build(2, SIZE).state_dict()
    found = weights(engine_for(2))
    assert {name.removeprefix("model/") for name in found} == set(expected)
    assert all(np.array_equal(found[f"model/{n}"], value.numpy()) for n, value in expected.items())


@pytest.mark.parametrize("network", torch_networks(), ids=lambda network: network.name)
def test_every_network_s_head_and_encoder_are_known(network: Any) -> None:
    """Building for one more class tells the head; no names differ only in how they are joined."""
    described = network_for(EngineName.torch, network.name, {})

    def build(classes: int) -> torch.nn.Module:
        module: torch.nn.Module = described.build(classes, (64, 64))
        return module

    own = build(5).state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in own.items()}
    head = _head(shapes, build, 5)
    assert head and all(shapes[name][axis] == 5 for name, axis in head.items())
    assert not any(name.startswith(("network.encoder.", "network.backbone.")) for name in head)
    assert any(name.startswith(("network.encoder.", "network.backbone.")) for name in own)
    assert len({name.replace("_", ".") for name in own}) == len(own)
