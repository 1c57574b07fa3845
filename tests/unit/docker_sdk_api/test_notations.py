"""A spec shown as a command, a request or a file is the same spec when it is read back."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from docker_sdk_api.specs.notations import as_command, as_request, as_yaml, notations
from training_api.cli.train import command as train
from training_api.cli.wish import spec_of
from training_api.spec.installation import command_word
from training_api.spec.job import JobSpec

SPECS: dict[str, dict[str, Any]] = {
    "preset": {"preset": "fast"},
    "preset and values": {
        "preset": "balanced",
        "hyper_parameters": {"epochs": 7, "augment": False, "learning_rate": 0.0005},
        "split": {"training_percent": 65},
    },
    "another backbone": {
        "preset": "fast",
        "network": {"name": "deeplabv3plus", "options": {"backbone": "resnet50"}},
    },
    "other engine": {
        "engine": "gluoncv",
        "network": {"name": "fastscnn", "options": {"aux": False}},
        "loss": {"name": "cross_entropy"},
        "hyper_parameters": {"batch_size": 8, "optimizer": "adamw"},
    },
    "resources": {
        "preset": "fast",
        "resources": {"gpus": ["GPU-a", "GPU-b"], "cpus": 2, "use_mkl": False},
    },
    "limits of a container": {"preset": "fast", "resources": {"memory": 0.3, "shm": 4}},
    "awkward name": {"preset": "fast", "name": 'it\'s "50 %" $HOME & more; -n'},
}


def complete(document: dict[str, Any]) -> JobSpec:
    return JobSpec.model_validate({"name": "x", "dataset": "dv-1"} | document)


@pytest.mark.parametrize("document", SPECS.values(), ids=SPECS)
def test_the_command_asks_for_the_same_spec(document: dict[str, Any]) -> None:
    spec = complete(document)
    words = shlex.split(as_command(spec, "/data/some parts"))
    assert words[:3] == [command_word(), "train", "/data/some parts"]
    context = train.make_context("train", words[2:])
    asked = dict(context.params)
    assert asked.pop("name") == spec.name
    for other in ("dataset", "detach", "estimate", "home", "as_json"):
        asked.pop(other)
    parts = [asked.pop(part) for part in ("preset", "engine", "network", "loss")]
    made = JobSpec.model_validate({"name": spec.name, "dataset": "dv-1"} | spec_of(*parts, asked))
    assert made.model_copy(update={"preset": spec.preset}) == spec


def test_the_command_of_a_container_is_the_one_to_type_outside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGSMITH_COMMAND", "docker-compose exec docker_sdk_api segsmith")
    shown = as_command(complete(SPECS["preset"]), "/data/datasets/some parts")
    assert shown.startswith(
        "docker-compose exec docker_sdk_api segsmith train '/data/datasets/some parts' "
    )


@pytest.mark.parametrize("document", SPECS.values(), ids=SPECS)
def test_the_file_is_the_same_spec(document: dict[str, Any]) -> None:
    spec = complete(document)
    assert JobSpec.model_validate(yaml.safe_load(as_yaml(spec.document()))) == spec


@pytest.mark.parametrize("document", SPECS.values(), ids=SPECS)
def test_the_request_carries_the_document(document: dict[str, Any]) -> None:
    words = shlex.split(as_request(document, "http://127.0.0.1:4200").replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:4200/api/v1/jobs"]
    assert json.loads(words[words.index("-d") + 1]) == document


def test_the_request_names_the_token_where_one_is_asked_for() -> None:
    document = SPECS["preset"]
    shown = notations(document, complete(document), "", "http://h", needs_token=True)["curl"]
    assert '  -H "Authorization: Bearer $SEGSMITH_TOKEN" \\\n' in shown
    words = shlex.split(shown.replace("\\\n", ""))
    assert words.count("-H") == 2
    assert json.loads(words[words.index("-d") + 1]) == document
    assert "Authorization" not in notations(document, None, "", "http://h")["curl"]


def test_an_incomplete_spec_is_shown_as_far_as_it_goes() -> None:
    shown = notations({"preset": "fast"}, None, "", "http://h")
    assert shown["cli"] == ""
    assert yaml.safe_load(shown["yaml"]) == {"preset": "fast"}


def test_the_command_is_one_that_the_command_line_knows() -> None:
    outcome = CliRunner().invoke(train, ["--help"])
    assert outcome.exit_code == 0
    for flag in (
        "--training-percent",
        "--gpus",
        "--cpus",
        "--use-mkl",
        "--loss",
        "--learning-rate",
    ):
        assert flag in outcome.output
