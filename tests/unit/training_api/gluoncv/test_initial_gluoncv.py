"""First weights in the gluoncv engine: numbers land where they belong, and frozen ones stay."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import NETWORKS, SIZE, batch
from training_api.engines import engine_class
from training_api.engines.base import Setup
from training_api.engines.gluoncv_import import import_mxnet
from training_api.engines.gluoncv_initial import _head, encoder_names
from training_api.losses import loss_for
from training_api.networks import network_for
from training_api.spec.errors import Corrupt, InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.model import Preprocessing
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.spec.weights_report import UnfitWeights

VOC = ["background", *"abcdefghijklmnopqrst"]


def engine_for(classes: int, network: str = "fcn", *, frozen: bool = False, **options: Any) -> Any:
    values = engine_defaults(EngineName.gluoncv) | {"optimizer": "sgd", "seed": classes}
    setup = Setup(
        class_shares=[1 / classes] * classes,
        size=SIZE,
        hyper_parameters=HyperParameters(**values),
        preprocessing=Preprocessing(base_size=64),
        cpus=2,
        freeze_backbone=frozen,
    )
    described = network_for(EngineName.gluoncv, network, options)
    criterion = loss_for("cross_entropy", {})
    return engine_class(EngineName.gluoncv)(described, criterion, setup)


def first(path: Path, mode: str, scope: str, classes: list[str] | None = None) -> InitialWeights:
    return InitialWeights(
        mode=WeightsMode(mode),
        id="some-weights",
        path=str(path),
        format="params",
        scope=scope,  # type: ignore[arg-type]
        classes=classes or [],
    )


def weights(engine: Any) -> dict[str, np.ndarray]:
    return {
        name.removeprefix("model/"): value
        for name, value in engine.state()[0].items()
        if name.startswith("model/")
    }


def test_a_network_of_the_model_zoo_gets_a_new_head(tmp_path: Path) -> None:
    """Built and saved as GluonCV itself does it, with the 21 classes of VOC."""
    mx = import_mxnet(2, True)
    from gluoncv.model_zoo.fcn import FCN

    zoo = FCN(21, backbone="resnet50", pretrained_base=False)
    zoo.initialize(mx.init.Xavier(), force_reinit=True)
    zoo(mx.nd.zeros((1, 3, 480, 480)))
    zoo.save_parameters(str(tmp_path / "zoo.params"))
    theirs = {name: p.data().asnumpy() for name, p in zoo._collect_params_with_prefix().items()}
    engine = engine_for(2)
    named = first(tmp_path / "zoo.params", "named", "network", VOC)
    report = engine.start_from(named, ["background", "pad"])
    mine = weights(engine)
    assert report.replaced == [
        "head.block.4.weight",
        "head.block.4.bias",
        "auxlayer.block.4.weight",
        "auxlayer.block.4.bias",
    ]
    assert report.missing == report.unexpected == report.kept_classes == []
    assert sorted(report.loaded) == sorted(set(theirs) - set(report.replaced))
    assert all(np.array_equal(mine[name], theirs[name]) for name in report.loaded)
    losses = [engine.train_step(*batch(0), 0.001) for _ in range(2)]
    assert np.isfinite(losses).all()


def test_an_imagenet_backbone_fills_the_encoder(tmp_path: Path) -> None:
    mx = import_mxnet(2, True)
    from gluoncv.model_zoo.resnetv1b import resnet50_v1s

    classifier = resnet50_v1s(pretrained=False)
    classifier.initialize(mx.init.Xavier())
    classifier(mx.nd.zeros((1, 3, 64, 64)))
    classifier.save_parameters(str(tmp_path / "base.params"))
    theirs = {
        name: p.data().asnumpy() for name, p in classifier._collect_params_with_prefix().items()
    }
    engine = engine_for(2, "psp")
    before = weights(engine)
    report = engine.start_from(first(tmp_path / "base.params", "imagenet", "encoder"), ["a", "b"])
    mine = weights(engine)
    assert report.unexpected == ["fc.weight", "fc.bias"]
    assert sorted(report.loaded) == sorted(set(theirs) - {"fc.weight", "fc.bias"})
    assert all(np.array_equal(mine[name], theirs[name]) for name in report.loaded)
    assert report.fresh and all(np.array_equal(mine[n], before[n]) for n in report.fresh)


def test_an_own_model_s_head_keeps_the_rows_of_its_classes(tmp_path: Path) -> None:
    old, new = engine_for(2, "fastscnn"), engine_for(3, "fastscnn", aux=False)
    before = weights(new)
    path = tmp_path / old.save_weights(tmp_path)
    report = new.start_from(
        first(path, "model", "network", ["background", "pad"]), ["pad", "circle", "background"]
    )
    source, mine = weights(old), weights(new)
    assert report.kept_classes == ["pad", "background"]
    assert report.replaced
    for name in report.replaced:
        np.testing.assert_array_equal(mine[name][[0, 2]], source[name][[1, 0]])
        np.testing.assert_array_equal(mine[name][1], before[name][1])
    assert all(np.array_equal(mine[name], source[name]) for name in report.loaded)
    assert report.unexpected and all(name.startswith("auxlayer.") for name in report.unexpected)


def test_what_does_not_fit_is_refused_by_name_and_changes_nothing(tmp_path: Path) -> None:
    other = engine_for(2, "fastscnn")
    path = tmp_path / other.save_weights(tmp_path)
    engine = engine_for(2)
    before = weights(engine)
    with pytest.raises(UnfitWeights, match="some-weights") as caught:
        engine.start_from(first(path, "model", "network", ["a", "b"]), ["a", "b"])
    assert "conv1.0.weight" in caught.value.report.missing
    with pytest.raises(InvalidSpec, match="no separate backbone"):
        other.start_from(first(path, "imagenet", "encoder"), ["a", "b"])
    path.write_bytes(b"not weights")
    with pytest.raises(Corrupt, match="Get it again"):
        engine.start_from(first(path, "model", "network", ["a", "b"]), ["a", "b"])
    after = weights(engine)
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_a_frozen_backbone_stays_and_the_head_learns() -> None:
    engine = engine_for(2, frozen=True)
    before = weights(engine)
    for step in range(2):
        engine.train_step(*batch(step), 0.01)
    after = weights(engine)
    encoder = [name for name in before if not name.startswith(("head.", "auxlayer."))]
    assert any("running_mean" in name for name in encoder)
    assert all(np.array_equal(before[name], after[name]) for name in encoder)
    others = [name for name in before if name not in encoder]
    assert others and not any(np.array_equal(before[name], after[name]) for name in others)


def test_a_network_without_a_backbone_cannot_freeze_one() -> None:
    with pytest.raises(InvalidSpec, match="freeze_backbone"):
        engine_for(2, "fastscnn", frozen=True)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_s_head_and_encoder_are_known(network: str) -> None:
    import_mxnet(2, True)
    described = network_for(EngineName.gluoncv, network, {})

    def build(classes: int) -> Any:
        return described.build(classes, SIZE)

    shapes = {name: tuple(p.shape) for name, p in build(5)._collect_params_with_prefix().items()}
    head, encoder = _head(shapes, build, 5), encoder_names(shapes)
    assert head and all(shapes[name][axis] == 5 for name, axis in head.items())
    assert not set(head) & set(encoder)
    assert bool(encoder) == (network != "fastscnn")


@pytest.mark.parametrize(
    ("backbone", "module", "classifier"),
    [
        ("xception65", "xception", "get_xcetption"),
        ("wideresnet38", "wideresnet", "wider_resnet38_a2"),
    ],
)
def test_the_encoders_without_layers_are_whole(backbone: str, module: str, classifier: str) -> None:
    """All that GluonCV's classifier has before it classifies, and nothing else."""
    import_mxnet(2, True)
    zoo = import_module(f"gluoncv.model_zoo.{module}")
    theirs = getattr(zoo, classifier)(classes=5)._collect_params_with_prefix()
    described = network_for(EngineName.gluoncv, "deeplabv3plus", {"backbone": backbone})
    names = list(described.build(5, SIZE)._collect_params_with_prefix())
    encoder = set(encoder_names(names))
    assert encoder == {
        name for name in theirs if not name.startswith(("fc.", "classifier.", "bn_out."))
    }
    assert {name.split(".")[0] for name in set(names) - encoder} <= {"head", "auxlayer"}
