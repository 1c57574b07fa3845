"""What there is, and how wrong options are refused."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.augmentations import (
    all_augmentations,
    augmentation_problems,
    augmentations_for,
)
from training_api.augmentations.base import Geometric, Recolouring, Retouching
from training_api.spec.augmentations import USUAL, usual_augmentations
from training_api.spec.errors import InvalidSpec
from training_api.spec.job import parse_spec

KINDS = (Geometric, Recolouring, Retouching)


def test_each_is_of_one_kind_and_described() -> None:
    names = [entry.name for entry in all_augmentations()]
    assert len(names) == len(set(names)) == 13
    for entry in all_augmentations():
        assert sum(issubclass(entry, kind) for kind in KINDS) == 1
        assert entry.title and entry.summary.endswith(".") and entry.__doc__
        for field in entry.Options.model_fields.values():
            assert field.title and field.description and field.description.endswith(".")


def test_the_usual_ones_are_known_and_come_first_in_their_kind() -> None:
    """Whoever adds one keeps the random numbers of runs that do not use it."""
    chosen = augmentations_for(usual_augmentations())
    assert tuple(entry.name for entry in chosen) == USUAL


def test_the_order_is_that_of_the_registry_whatever_the_spec_s() -> None:
    chosen = augmentations_for({"erasing": {}, "scale": {}, "blur": {}})
    assert [entry.name for entry in chosen] == ["scale", "blur", "erasing"]


@pytest.mark.parametrize(
    ("chosen", "field", "told"),
    [
        ({"shear": {}}, "augmentations.shear", "There is no augmentation 'shear'. Choose from"),
        ({"scale": {"largest": 11}}, "augmentations.scale.largest", "must be at most 10."),
        ({"scale": {"smallest": 2}}, "augmentations.scale.largest", "must not be below smallest"),
        ({"blur": {"largest": 0.05}}, "augmentations.blur.largest", "not be below smallest (0.1)"),
        ({"noise": {"smallest": 20}}, "augmentations.noise.largest", "must not be below"),
        ({"erasing": {"smallest": 30}}, "augmentations.erasing.largest", "must not be below"),
        ({"erasing": {"label": "drop"}}, "augmentations.erasing.label", "'ignore' or 'keep'"),
        ({"rotation": {"degrees": 0}}, "augmentations.rotation.degrees", "greater than 0"),
        ({"hue": {"angle": 3}}, "augmentations.hue.angle", "not a known parameter"),
        ({"contrast": {"probability": 1.5}}, "augmentations.contrast.probability", "at most 1"),
    ],
)
def test_a_wrong_option_is_refused_at_its_field(
    chosen: dict[str, dict[str, Any]], field: str, told: str
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        augmentations_for(chosen)
    assert refused.value.field == field
    assert told in str(refused.value)


def test_every_problem_is_told() -> None:
    chosen = {"shear": {}, "rotation": {"degrees": -1, "speed": 2}, "blur": {}}
    fields = {problem.field for problem in augmentation_problems(chosen)}
    wrong = {"augmentations.rotation.degrees", "augmentations.rotation.speed"}
    assert fields == {"augmentations.shear"} | wrong


def test_a_spec_without_augmentations_has_the_usual_ones() -> None:
    document = {"name": "x", "dataset": "dv-1", "network": {"name": "unet"}}
    assert parse_spec(document).augmentations == usual_augmentations()
    assert parse_spec(document | {"augmentations": {}}).augmentations == {}
    with pytest.raises(InvalidSpec) as refused:
        parse_spec(document | {"augmentations": {"scale": True}})
    assert refused.value.field == "augmentations.scale"
