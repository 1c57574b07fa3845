"""Flags come from the schemas, and a spec shown as a command is the same spec again."""

from __future__ import annotations

import shlex
from typing import Any

import click
import pytest
from click.testing import CliRunner

from docker_sdk_api.specs.notations import as_command
from training_api.augmentations import all_augmentations
from training_api.cli import train
from training_api.cli.flags import all_flags
from training_api.cli.root import root
from training_api.cli.weights_flags import chosen_weights
from training_api.cli.wish import spec_of
from training_api.losses import all_losses
from training_api.networks import all_networks
from training_api.spec.augmentations import usual_augmentations
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.installation import command_word
from training_api.spec.job import JobSpec, parse_spec

OWN = {
    "dataset",
    "preset",
    "engine",
    "network",
    "loss",
    "name",
    "detach",
    "estimate",
    "home",
    "as_json",
    "spec_file",
}


def test_every_parameter_and_option_has_one_flag() -> None:
    flags = [flag for option in all_flags() for flag in (*option.opts, *option.secondary_opts)]
    assert len(flags) == len(set(flags))
    wanted = list(HyperParameters.model_fields)
    for declared in (*all_networks(), *all_losses()):
        wanted += list(declared.Options.model_fields)
    for name in wanted:
        assert f"--{name.replace('_', '-')}" in flags
    for augmentation in all_augmentations():
        switch = f"augment-{augmentation.name.replace('_', '-')}"
        assert {f"--{switch}", f"--no-{switch}"} <= set(flags)
        for name in augmentation.Options.model_fields:
            assert f"--{switch}-{name.replace('_', '-')}" in flags
    taken = {flag for p in train.command.params if p.name in OWN for flag in p.opts}
    assert not taken & set(flags)


def test_help_tells_range_default_and_owner() -> None:
    output = CliRunner().invoke(root, ["train", "--help"], terminal_width=200).output
    text = " ".join(output.split())
    torch, gluoncv = (engine_defaults(engine)["epochs"] for engine in EngineName)
    assert f"allowed: 1 to 100000; default: torch {torch}, gluoncv {gluoncv}" in text
    assert "--training-percent N" in text
    assert "[for cross_entropy_dice, combined]" in text
    assert "--augment / --no-augment" in text


def spec_from(words: list[str]) -> JobSpec:
    """The spec of a `segsmith train` command line, as the command makes it."""
    with train.command.make_context("train", words) as context:
        given: dict[str, Any] = dict(context.params)
    own = {name: given.pop(name) for name in OWN}
    spec = spec_of(own["preset"], own["engine"], own["network"], own["loss"], given)
    return parse_spec(spec | {"name": own["name"] or "x", "dataset": "dv-1"})


SPECS: list[dict[str, Any]] = [
    {"preset": "fast"},
    {"preset": "fast", "hyper_parameters": {"epochs": 3, "augment": False, "seed": 7}},
    {"preset": "accurate", "split": {"training_percent": 55}},
    {"preset": "fast", "network": {"name": "unet", "options": {"backbone": "resnet34"}}},
    {"preset": "fast", "loss": {"name": "cross_entropy"}},
    {"network": {"name": "fcn", "options": {"backbone": "resnet101", "aux": False}}},
    {
        "engine": "gluoncv",
        "network": {"name": "fastscnn", "options": {"aux": False}},
        "loss": {"name": "cross_entropy_dice", "options": {"dice_weight": 0.5}},
        "hyper_parameters": {"optimizer": "adamw", "learning_rate": 0.0123, "batch_size": 4},
        "resources": {"gpus": 2, "cpus": 3, "use_mkl": False},
    },
    {"preset": "fast", "augmentations": {}},
    {
        "preset": "fast",
        "augmentations": {"rotation": {"degrees": 10.5}, "scale": {"largest": 2.0}, "crop": {}},
    },
    {
        "preset": "fast",
        "augmentations": usual_augmentations() | {"erasing": {"label": "keep"}, "blur": {}},
    },
    {"network": {"name": "unet"}, "resources": {"gpus": ["GPU-a", "GPU-b"]}},
    {"preset": "fast", "weights": {"mode": "imagenet"}},
    {"preset": "fast", "weights": {"mode": "imagenet", "name": "huggingface:smp-resnet18"}},
    {"preset": "fast", "weights": {"mode": "named", "name": "gluoncv:fcn_resnet50_ade"}},
    {"preset": "fast", "weights": {"mode": "model", "model": "model-1", "freeze_backbone": True}},
    {"preset": "fast", "weights": {"mode": "classifier", "classifier": "good or bad"}},
]


@pytest.mark.parametrize("document", SPECS)
def test_a_spec_shown_as_a_command_is_the_same_spec(document: dict[str, Any]) -> None:
    spec = parse_spec(document | {"name": "it's a name", "dataset": "dv-1"})
    words = shlex.split(as_command(spec, "/data/my parts"))
    assert words[:3] == [command_word(), "train", "/data/my parts"]
    assert spec_from(words[2:]) == spec


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], usual_augmentations()),
        (["--augment-blur"], usual_augmentations() | {"blur": {}}),
        (["--augment-rotation-degrees", "5"], usual_augmentations() | {"rotation": {"degrees": 5}}),
        (["--no-augment-hue"], usual_augmentations()),
        (
            ["--no-augment-crop", "--no-augment-brightness", "--no-augment-contrast",
             "--no-augment-saturation", "--augment-scale-largest", "3"],
            {"scale": {"largest": 3}, "horizontal_flip": {}},
        ),
    ],
)  # fmt: skip
def test_augmentations_start_from_the_usual_ones(
    words: list[str], chosen: dict[str, dict[str, Any]]
) -> None:
    assert spec_from(["d", *words]).augmentations == chosen


def test_without_a_choice_it_is_the_fast_preset() -> None:
    spec = spec_from(["d"])
    assert (spec.preset, spec.engine, spec.network.name) == ("fast", "torch", "unet")


def test_a_network_brings_its_engine() -> None:
    assert spec_from(["d", "--network", "fastscnn"]).engine == "gluoncv"
    assert spec_from(["d", "--network", "fcn"]).engine == "torch"
    assert spec_from(["d", "--network", "fcn", "--engine", "gluoncv"]).engine == "gluoncv"


def test_a_backbone_alone_changes_the_preset_s_network() -> None:
    spec = spec_from(["d", "--preset", "fast", "--backbone", "resnet34"])
    assert (spec.network.name, spec.network.options) == ("unet", {"backbone": "resnet34"})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--epochs", "0"], "epochs: must be at least 1 (allowed: 1 to 100000)"),
        (["--batch-size", "0"], "batch_size: must be at least 1"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--learning-rate", "inf"], "learning_rate"),
        (["--learning-rate", "-1"], "learning_rate: must be greater than 0"),
        (["--training-percent", "100"], "training_percent"),
        (["--cpus", "0"], "cpus"),
        (["--augment-rotation-degrees", "200"], "degrees: must be at most 180"),
        (["--augment-scale-smallest", "2"], "largest: must not be below smallest (2)"),
        (["--engine", "gluoncv"], "needs a network: --network with one of: fastscnn, fcn"),
        (["--network", "fastscnn", "--epochs", "0", "--seed", "-1"], "seed"),
        (["--weights", "imagenett"], "no published weights 'imagenett'"),
        (["--weights", "model:"], "model: "),
        (["--freeze-backbone"], "random weights would never learn"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_range(words: list[str], told: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        spec_from(["d", *words])
    assert told in caught.value.message


def test_text_for_a_number_is_refused_by_its_flag() -> None:
    with pytest.raises(click.BadParameter, match="'many' is not a valid integer"):
        spec_from(["d", "--epochs", "many"])


def test_weights_of_a_given_spec_are_replaced_or_frozen() -> None:
    given = {"mode": "model", "model": "model-1", "freeze_backbone": True}
    named = chosen_weights({"weights": "huggingface:smp-resnet18"}, given)
    assert named == {
        "mode": "imagenet",
        "name": "huggingface:smp-resnet18",
        "freeze_backbone": True,
    }
    thawed = chosen_weights({"freeze_backbone": False}, given)
    assert thawed == given | {"freeze_backbone": False}
