"""Which tensor goes where, and that none is left out without a word."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.engines.initial_weights import Layout, paired, plan_of
from training_api.spec.errors import InvalidSpec
from training_api.spec.weights import InitialWeights, WeightsMode
from training_api.spec.weights_report import UnfitWeights

Shapes = dict[str, tuple[int, ...]]

OWN: Shapes = {
    "network.encoder.conv.weight": (8, 3, 3, 3),
    "network.encoder.bn.num_batches_tracked": (),
    "network.decoder.weight": (8, 8, 1, 1),
    "network.head.weight": (3, 8, 1, 1),
    "network.head.bias": (3,),
}
LAYOUT = Layout(
    shapes=OWN,
    encoder=[name for name in OWN if ".encoder." in name],
    head={"network.head.weight": 0, "network.head.bias": 0},
)
CLASSES = ["background", "pad", "circle"]


def weights(mode: str = "model", scope: str = "network", classes: Any = ()) -> InitialWeights:
    return InitialWeights(
        mode=WeightsMode(mode),
        id="some-weights",
        path="/w",
        format="safetensors",
        scope=scope,  # type: ignore[arg-type]
        classes=list(classes),
    )


def with_head(classes: int) -> Shapes:
    return OWN | {"network.head.weight": (classes, 8, 1, 1), "network.head.bias": (classes,)}


def test_the_same_classes_take_everything_over() -> None:
    plan = plan_of(LAYOUT, OWN, weights(classes=["Background", "pad", "circle"]), CLASSES)
    assert plan.whole == {name: name for name in OWN}
    assert plan.report.loaded == list(OWN)
    assert not (plan.report.replaced or plan.report.fresh or plan.report.unexpected)


def test_an_own_model_s_head_is_kept_by_class_name() -> None:
    theirs = ["circle", "hole", "Background", "nut"]
    plan = plan_of(LAYOUT, with_head(4), weights(classes=theirs), CLASSES)
    assert plan.kept == [(0, 2), (2, 0)]
    assert plan.rows == {
        "network.head.weight": ("network.head.weight", 0),
        "network.head.bias": ("network.head.bias", 0),
    }
    assert plan.report.replaced == ["network.head.weight", "network.head.bias"]
    assert plan.report.kept_classes == ["background", "circle"]
    assert plan.report.unexpected == []


def test_as_many_classes_of_other_names_are_other_classes() -> None:
    plan = plan_of(LAYOUT, OWN, weights(classes=["circle", "pad", "background"]), CLASSES)
    assert plan.kept == [(0, 2), (1, 1), (2, 0)]
    assert "network.head.weight" not in plan.whole


def test_a_published_head_is_replaced_whole() -> None:
    theirs = ["background", *"abc"]
    plan = plan_of(LAYOUT, with_head(4), weights("named", classes=theirs), CLASSES)
    assert plan.rows == {} and plan.report.kept_classes == []
    assert plan.report.replaced == ["network.head.weight", "network.head.bias"]


def test_a_backbone_fills_the_encoder_and_names_the_rest() -> None:
    file: Shapes = {"conv.weight": (8, 3, 3, 3), "fc.weight": (1000, 8)}
    plan = plan_of(LAYOUT, file, weights("imagenet", "encoder"), CLASSES)
    assert plan.whole == {"network.encoder.conv.weight": "conv.weight"}
    assert plan.report.missing == ["network.encoder.bn.num_batches_tracked"]
    assert plan.report.unexpected == ["fc.weight"]
    assert plan.report.fresh == [name for name in OWN if ".encoder." not in name]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"network.encoder.conv.weight": None}, "network.encoder.conv.weight"),
        ({"network.encoder.conv.weight": (16, 3, 3, 3)}, "network.encoder.conv.weight"),
        ({"network.decoder.weight": None}, "network.decoder.weight"),
        ({"network.head.bias": (7,)}, "network.head.bias"),
        ({"network.encoder.conv2.weight": (8, 8, 3, 3)}, "network.encoder.conv2.weight"),
    ],
)
def test_what_should_fit_and_does_not_is_refused_by_name(changes: Any, named: str) -> None:
    file = {name: shape for name, shape in (OWN | changes).items() if shape is not None}
    with pytest.raises(UnfitWeights, match=rf"some-weights.*: {named} \(") as caught:
        plan_of(LAYOUT, file, weights(classes=CLASSES), CLASSES)
    report = caught.value.report
    wrong = [one.name for one in report.mismatched]
    assert {*report.missing, *wrong, *report.unexpected} == {named}
    assert report.loaded == [name for name in OWN if name != named]


def test_an_auxiliary_head_may_be_missing() -> None:
    own = OWN | {"network.aux_classifier.0.weight": (8, 8, 3, 3)}
    layout = Layout(own, LAYOUT.encoder, LAYOUT.head)
    report = plan_of(layout, OWN, weights(classes=CLASSES), CLASSES).report
    assert report.fresh == ["network.aux_classifier.0.weight"]
    assert plan_of(LAYOUT, own, weights(classes=CLASSES), CLASSES).report.unexpected == [
        "network.aux_classifier.0.weight"
    ]


def test_a_network_without_a_backbone_takes_none() -> None:
    layout = Layout(OWN, [], LAYOUT.head)
    with pytest.raises(InvalidSpec, match="no separate backbone") as caught:
        plan_of(layout, OWN, weights("imagenet", "encoder"), CLASSES)
    assert caught.value.field == "weights.mode"


@pytest.mark.parametrize(
    ("own", "file"),
    [
        ("network.backbone.layer1.0.conv1.weight", "layer1.0.conv1.weight"),
        ("network.backbone.0.0.weight", "features.0.0.weight"),
        (
            "network.encoder.model.stages_0.blocks.1.conv_dw.weight",
            "stages.0.blocks.1.conv_dw.weight",
        ),
        ("network.encoder.patch_embed1.proj.weight", "encoder.patch_embed1.proj.weight"),
        ("conv1.0.weight", "conv1.0.weight"),
    ],
)
def test_names_are_paired_whatever_wraps_the_module(own: str, file: str) -> None:
    assert paired([own, own.replace("weight", "bias")], [file, "fc.weight"]) == {own: file}


def test_the_report_tells_every_tensor_by_name() -> None:
    file = with_head(4) | {"extra.bias": (1,), "network.decoder.weight": (9, 8, 1, 1)}
    with pytest.raises(UnfitWeights) as caught:
        plan_of(LAYOUT, file, weights(classes=["pad", *"abc"]), CLASSES)
    told = "\n".join(caught.value.report.lines())
    assert "2 tensors taken over." in told
    assert "rows kept for: pad" in told
    assert "network.decoder.weight [9, 8, 1, 1] for [8, 8, 1, 1]" in told
    assert "Without a place in the network: extra.bias." in told
