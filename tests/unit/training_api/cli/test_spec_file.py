"""A spec that a page shows is one that the command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from docker_sdk_api.specs.notations import as_yaml
from training_api.cli import train
from training_api.cli.spec_file import read_spec
from training_api.cli.wish import spec_of
from training_api.spec.errors import InvalidSpec
from training_api.spec.job import JobSpec, parse_spec

SHOWN = parse_spec(
    {
        "name": "shown",
        "dataset": "dv-1",
        "engine": "gluoncv",
        "network": {"name": "fcn", "options": {"backbone": "resnet101"}},
        "loss": {"name": "cross_entropy_dice", "options": {"dice_weight": 0.5}},
        "hyper_parameters": {"epochs": 7, "seed": 3},
        "split": {"training_percent": 60},
        "resources": {"cpus": 2},
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text(as_yaml(SHOWN.document()))
    return tmp_path / "spec.yaml"


def spec_from(file: Path, *words: str) -> JobSpec:
    with click.Context(train.command):
        context = train.command.make_context("train", ["DIR", "--spec", str(file), *words])
    given: dict[str, Any] = dict(context.params)
    own = [given.pop(name) for name in ("preset", "engine", "network", "loss")]
    for name in ("dataset", "name", "detach", "estimate", "home", "as_json", "spec_file"):
        given.pop(name)
    spec = spec_of(own[0], own[1], own[2], own[3], given, read_spec(file))
    return parse_spec(spec | {"name": "shown", "dataset": "dv-1"})


def test_the_same_spec_again(file: Path) -> None:
    assert spec_from(file) == SHOWN


def test_flags_override_the_file(file: Path) -> None:
    spec = spec_from(file, "--epochs", "2", "--training-percent", "70")
    assert (spec.hyper_parameters.epochs, spec.hyper_parameters.seed) == (2, 3)
    assert spec.split.training_percent == 70
    assert spec.network == SHOWN.network and spec.resources == SHOWN.resources


def test_an_option_keeps_the_network_and_another_network_drops_its_options(file: Path) -> None:
    spec = spec_from(file, "--backbone", "resnet50")
    assert (spec.network.name, spec.network.options["backbone"]) == ("fcn", "resnet50")
    other = spec_from(file, "--engine", "gluoncv", "--network", "fastscnn")
    assert (other.network.name, other.network.options) == ("fastscnn", {})
    assert other.hyper_parameters.epochs == 7


@pytest.mark.parametrize("text", ["- a list", "a: [", "\udc80"])
def test_what_is_no_spec_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidSpec, match=r"wrong.yaml"):
        read_spec(file)
