"""A spec as a command, as a request and as a file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import yaml

from training_api.spec.augmentations import usual_augmentations
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import command_word
from training_api.spec.job import JobSpec, Resources, Split
from training_api.spec.kinds.base import Spec
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.preset import preset_named, recommended
from training_api.spec.weights import Weights, WeightsMode


def notations(
    data: dict[str, Any], spec: Spec | None, folder: str, url: str, *, needs_token: bool = False
) -> dict[str, str]:
    """`cli`, `curl` and `yaml` of a spec; of an incomplete one as far as it goes.

    `folder` is the dataset's and `url` the service's address, which may ask for a token.
    """
    document = spec.document() if spec else data
    return {
        "cli": as_command(spec, folder) if spec else "",
        "curl": as_request(data, url, needs_token=needs_token),
        "yaml": as_yaml(document),
    }


def as_yaml(document: dict[str, Any]) -> str:
    """The document as YAML, keys in their own order."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def as_request(data: dict[str, Any], url: str, *, needs_token: bool = False) -> str:
    """A curl command that starts the job; it takes a token from the variable SEGSMITH_TOKEN."""
    body = json.dumps(data, ensure_ascii=False)
    token = '  -H "Authorization: Bearer $SEGSMITH_TOKEN" \\\n' if needs_token else ""
    return (
        f"curl -X POST {shlex.quote(url.rstrip('/') + '/api/v1/jobs')} \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"{token}"
        f"  -d {shlex.quote(body)}"
    )


def as_command(spec: Spec, folder: str) -> str:
    """A `segsmith` command; what it leaves out has its recommended value."""
    if isinstance(spec, JobSpec):
        return f"{command_word()} {shlex.join(['train', folder, *_flags(spec)])}"
    if isinstance(spec, FetchSpec):
        return f"{command_word()} weights fetch {shlex.quote(spec.weights)}"
    return ""


def _flags(spec: JobSpec) -> Iterator[str]:
    preset = preset_named(spec.preset) if spec.preset else None
    if preset is not None:
        yield from ("--preset", preset.name)
    chosen = (spec.engine, spec.network.name, spec.network.options)
    if preset is None or chosen != (preset.engine, preset.network, preset.options):
        yield from ("--engine", spec.engine.value, "--network", spec.network.name)
        yield from _options(spec.network.options)
    if preset is None or (spec.loss.name, spec.loss.options) != (preset.loss, {}):
        yield from ("--loss", spec.loss.name)
        yield from _options(spec.loss.options)
    yield from _weights_flags(spec.weights)
    yield from ("--name", spec.name)
    values = spec.hyper_parameters.model_dump(mode="json")
    usual = recommended(EngineName(spec.engine), preset)
    yield from _options({name: value for name, value in values.items() if value != usual[name]})
    yield from _augmentation_flags(spec.augmentations)
    split, default = spec.split.model_dump(), Split().model_dump()
    yield from _options({name: split[name] for name in split if split[name] != default[name]})
    yield from _resource_flags(spec.resources)


def _weights_flags(weights: Weights) -> Iterator[str]:
    """An id of published weights says by itself whether they are a backbone or a network."""
    own = weights.model or weights.classifier
    word = f"{weights.mode}:{own}" if own else weights.name or weights.mode.value
    if weights.mode is not WeightsMode.scratch:
        yield from ("--weights", word)
    if weights.freeze_backbone:
        yield "--freeze-backbone"


def _augmentation_flags(chosen: dict[str, dict[str, Any]]) -> Iterator[str]:
    usual = usual_augmentations()
    yield from _options({f"augment_{name}": False for name in usual if name not in chosen})
    for name, options in chosen.items():
        if name not in usual and not options:
            yield from _options({f"augment_{name}": True})
        yield from _options({f"augment_{name}_{option}": options[option] for option in options})


def _resource_flags(resources: Resources) -> Iterator[str]:
    gpus = resources.gpus
    if isinstance(gpus, list) and gpus:
        yield from ("--gpus", ",".join(gpus))
    elif gpus:
        yield from ("--gpus", str(gpus))
    limits = {name: getattr(resources, name) for name in ("cpus", "memory", "shm")}
    yield from _options({name: value for name, value in limits.items() if value is not None})
    if not resources.use_mkl:
        yield "--no-use-mkl"


def _options(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        else:
            yield from (f"--{flag}", str(value))
