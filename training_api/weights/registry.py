"""Every published file of weights that can be named; nothing is loaded or fetched here.

`all_weights()` lists them, `weight_file(id)` finds one, `backbones_for` and `networks_for` say
which fit. Facts (names, digests, revisions, sizes) are those of the pinned libraries; tests in
each engine's environment compare them. A digest that no one publishes is None, never invented:
the fetch then records the SHA-256 that it saw first, and says so. Hugging Face names the SHA-256
of a file in its answer's header `X-Linked-ETag`, and the commit in `X-Repo-Commit`: the fetch
checks the first where it is given.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import command_word
from training_api.weights.weight_file import WeightFile

_MODULES = (
    "training_api.weights.torchvision_files",
    "training_api.weights.huggingface_files",
    "training_api.weights.gluoncv_files",
)
"""A new source is a new file with a tuple `FILES`, and its line here."""


@cache
def all_weights() -> tuple[WeightFile, ...]:
    """Every file, the recommended one of an encoder before its others."""
    return tuple(file for module in _MODULES for file in import_module(module).FILES)


def weight_file(weight_id: str) -> WeightFile:
    """The file with this id. Raises InvalidSpec at `weights.name`."""
    for file in all_weights():
        if file.id == weight_id:
            return file
    raise InvalidSpec(
        f"name: there are no published weights '{weight_id}'. "
        f"`{command_word()} weights list` shows all.",
        field="weights.name",
    )


def backbones_for(engine: EngineName, encoder: str) -> list[WeightFile]:
    """ImageNet weights for an encoder, the recommended one first; empty if none is published."""
    return [
        file
        for file in all_weights()
        if file.kind == "backbone" and file.engine is engine and file.encoder == encoder
    ]


def networks_for(engine: EngineName, network: str, options: dict[str, Any]) -> list[WeightFile]:
    """Published segmentation weights for a network with these (complete) options."""
    return [
        file
        for file in all_weights()
        if file.kind == "network"
        and (file.engine, file.network) == (engine, network)
        and all(options.get(key) == value for key, value in file.options.items())
    ]
