"""GET /catalogue: what can be chosen, taken from the files that implement it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docker_sdk_api.measurements import Measurement
from docker_sdk_api.system.engines import EngineProblem, engine_problem, engine_rows
from docker_sdk_api.variants import variants_of
from training_api.augmentations import all_augmentations
from training_api.augmentations.base import Augmentation
from training_api.losses import all_losses
from training_api.losses.base import Loss
from training_api.networks import all_networks
from training_api.networks.base import Network
from training_api.networks.cost import SIDE
from training_api.spec.augmentations import USUAL
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.preset import PRESETS, Preset, recommended


def catalogue(
    measured: Sequence[Measurement] = (), engine_problem: EngineProblem = engine_problem
) -> dict[str, Any]:
    """Presets, engines, networks, losses, augmentations and the hyper-parameters' schema.

    `measured` are this machine's measurements, newest first; `gflops_side` is the side of the
    square image that the networks' GFLOPs are given for.
    """
    return {
        "presets": [_preset(preset) for preset in PRESETS],
        "engines": [
            row | {"hyper_parameters": recommended(EngineName(row["name"]), None)}
            for row in engine_rows(engine_problem)
        ],
        "networks": [_network(network, measured) for network in all_networks()],
        "gflops_side": SIDE,
        "losses": [_loss(loss) for loss in all_losses()],
        "augmentations": [_augmentation(entry) for entry in all_augmentations()],
        "hyper_parameters": HyperParameters.model_json_schema(),
    }


def _preset(preset: Preset) -> dict[str, Any]:
    values = recommended(preset.engine, preset)
    return preset.model_dump(mode="json") | {"hyper_parameters": values}


def _network(network: type[Network], measured: Sequence[Measurement]) -> dict[str, Any]:
    return {
        "engine": network.engine.value,
        "name": network.name,
        "title": network.title,
        "summary": network.summary,
        "paper": network.paper,
        "licence": network.licence,
        "multiple": network.multiple,
        "smallest": network.smallest,
        "options_schema": network.Options.model_json_schema(),
        "variants": variants_of(network, measured),
    }


def _loss(loss: type[Loss]) -> dict[str, Any]:
    return {
        "name": loss.name,
        "title": loss.title,
        "summary": loss.summary,
        "engines": sorted(engine.value for engine in loss.engines),
        "options_schema": loss.Options.model_json_schema(),
    }


def _augmentation(augmentation: type[Augmentation]) -> dict[str, Any]:
    return {
        "name": augmentation.name,
        "title": augmentation.title,
        "summary": augmentation.summary,
        "usual": augmentation.name in USUAL,
        "options_schema": augmentation.Options.model_json_schema(),
    }
