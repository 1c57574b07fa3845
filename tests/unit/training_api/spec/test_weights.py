"""The weights of a spec: combinations that mean nothing are refused at their field."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.spec.job import parse_spec, spec_problems
from training_api.spec.weights import Weights, WeightsMode

SPEC = {"name": "run", "dataset": "ds-1", "network": {"name": "unet"}}


def refused(weights: dict[str, Any]) -> list[tuple[str | None, str]]:
    problems = spec_problems(SPEC | {"weights": weights})
    return [(problem.field, problem.message) for problem in problems]


def test_without_a_word_training_starts_from_scratch() -> None:
    assert parse_spec(SPEC).weights == Weights(mode=WeightsMode.scratch)
    assert parse_spec(SPEC | {"weights": {"mode": "scratch"}}).weights.freeze_backbone is False


@pytest.mark.parametrize(
    "weights",
    [
        {"mode": "imagenet"},
        {"mode": "imagenet", "name": "torchvision:resnet50-v2", "freeze_backbone": True},
        {"mode": "named", "name": "gluoncv:deeplab_resnet101_voc"},
        {"mode": "model", "model": "model-1"},
        {"mode": "classifier", "classifier": "Caps and closures"},
    ],
)
def test_each_mode_with_what_it_needs_is_accepted(weights: dict[str, Any]) -> None:
    assert refused(weights) == []


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ({"mode": "pretrained"}, "weights.mode"),
        ({"mode": "named"}, "weights.name"),
        ({"mode": "model"}, "weights.model"),
        ({"mode": "classifier"}, "weights.classifier"),
        ({"name": "torchvision:resnet18"}, "weights.name"),
        ({"mode": "imagenet", "model": "model-1"}, "weights.model"),
        ({"mode": "named", "name": "x:y", "classifier": "caps"}, "weights.classifier"),
        ({"freeze_backbone": True}, "weights.freeze_backbone"),
        ({"mode": "model", "model": "../other"}, "weights.model"),
        ({"mode": "classifier", "classifier": ".."}, "weights.classifier"),
        ({"mode": "classifier", "classifier": "/etc"}, "weights.classifier"),
        ({"weights": "scratch"}, "weights.weights"),
    ],
)
def test_what_means_nothing_is_refused_at_its_field(weights: dict[str, Any], field: str) -> None:
    assert [place for place, _ in refused(weights)] == [field]


def test_every_field_explains_itself() -> None:
    for name, field in Weights.model_fields.items():
        assert field.title and field.description, name
