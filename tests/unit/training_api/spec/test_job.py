"""The job spec: filling in, refusing, and one declaration for all bounds."""

from __future__ import annotations

import math
from typing import Any

import pytest

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.job import JobSpec, parse_spec, spec_problems

BASE: dict[str, Any] = {"name": "panel", "dataset": "dv-1", "preset": "fast"}


def test_a_preset_fills_in_what_is_missing() -> None:
    spec = parse_spec(BASE)
    assert (spec.engine, spec.network.name) == (EngineName.torch, "unet")
    assert spec.network.options == {"backbone": "resnet18"}
    assert JobSpec.model_validate(spec.document()) == spec


def test_what_the_user_gives_wins() -> None:
    spec = parse_spec(BASE | {"hyper_parameters": {"epochs": 3}})
    assert spec.hyper_parameters.epochs == 3
    assert spec.hyper_parameters.batch_size == parse_spec(BASE).hyper_parameters.batch_size


def test_gluoncv_has_the_defaults_of_the_old_gui() -> None:
    network = {"name": "fcn", "options": {}}
    spec = parse_spec({"name": "x", "dataset": "d", "engine": "gluoncv", "network": network})
    values = spec.hyper_parameters
    assert (values.learning_rate, values.batch_size, values.epochs) == (0.001, 1, 15)
    assert (values.validation_batch_size, values.momentum, values.weight_decay) == (1, 0.9, 0.0001)
    assert (values.workers, values.crop_size, values.base_size, values.augment) == (
        1,
        480,
        520,
        True,
    )


BAD = {
    "learning_rate": [0, -1, math.nan, math.inf, 11, "fast"],
    "batch_size": [0, -1, 1025, 1.5],
    "epochs": [0, 100_001],
    "validation_batch_size": [0],
    "momentum": [1, -0.1],
    "weight_decay": [-0.1, 2],
    "crop_size": [-1],
    "base_size": [-8],
    "workers": [-1, 65],
    "optimizer": ["lion"],
    "schedule": ["step by step"],
    "seed": [-1, 2**31],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_is_refused_at_its_field(name: str, value: Any) -> None:
    problems = spec_problems(BASE | {"hyper_parameters": {name: value}})
    assert [problem.field for problem in problems] == [f"hyper_parameters.{name}"]
    bounds = HyperParameters.model_json_schema()["properties"][name]
    if "maximum" in bounds or "exclusiveMaximum" in bounds:
        assert "allowed:" in problems[0].message


@pytest.mark.parametrize("key", ["image", "command", "volumes", "entrypoint"])
def test_unknown_keys_are_errors(key: str) -> None:
    problems = spec_problems(BASE | {key: "x"})
    assert [problem.field for problem in problems] == [key]


@pytest.mark.parametrize("name", ["", " x", "x\n", "\x1b[2J", "x" * 81, "a\u202eb"])
def test_names_are_plain_text(name: str) -> None:
    assert [problem.field for problem in spec_problems(BASE | {"name": name})] == ["name"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 81, "name: has more than 80 characters; shorten it."),
        ("", "name: must not be empty."),
    ],
)
def test_a_name_is_told_its_limits(name: str, message: str) -> None:
    (problem,) = spec_problems(BASE | {"name": name})
    assert problem.message == message


@pytest.mark.parametrize("name", ["x", "Türblech №7 / 日本語", "a.b c_d-e", "{{7*7}}"])
def test_any_readable_name_is_fine(name: str) -> None:
    assert parse_spec(BASE | {"name": name}).name == name


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(InvalidSpec, match="fast, balanced, accurate"):
        parse_spec(BASE | {"preset": "quick"})


def test_every_parameter_is_explained() -> None:
    for name, schema in HyperParameters.model_json_schema()["properties"].items():
        assert schema["title"], name
        assert schema["description"].endswith("."), name
        assert schema["group"] in ("basic", "advanced"), name
    assert set(engine_defaults(EngineName.gluoncv)) == set(HyperParameters.model_fields)
