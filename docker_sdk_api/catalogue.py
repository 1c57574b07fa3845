"""GET /catalogue: what can be chosen, taken from the files that implement it."""

from __future__ import annotations

from typing import Any

from docker_sdk_api.system.engines import engine_rows
from training_api.losses import all_losses
from training_api.losses.base import Loss
from training_api.networks import all_networks
from training_api.networks.base import Network
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.preset import PRESETS, Preset, recommended


def catalogue() -> dict[str, Any]:
    """Presets, engines, networks, losses and the hyper-parameters' schema."""
    return {
        "presets": [_preset(preset) for preset in PRESETS],
        "engines": [
            row | {"hyper_parameters": recommended(EngineName(row["name"]), None)}
            for row in engine_rows()
        ],
        "networks": [_network(network) for network in all_networks()],
        "losses": [_loss(loss) for loss in all_losses()],
        "hyper_parameters": HyperParameters.model_json_schema(),
    }


def _preset(preset: Preset) -> dict[str, Any]:
    values = recommended(preset.engine, preset)
    return preset.model_dump(mode="json") | {"hyper_parameters": values}


def _network(network: type[Network]) -> dict[str, Any]:
    return {
        "engine": network.engine.value,
        "name": network.name,
        "title": network.title,
        "summary": network.summary,
        "paper": network.paper,
        "licence": network.licence,
        "options_schema": network.Options.model_json_schema(),
    }


def _loss(loss: type[Loss]) -> dict[str, Any]:
    return {
        "name": loss.name,
        "title": loss.title,
        "summary": loss.summary,
        "engines": sorted(engine.value for engine in loss.engines),
        "options_schema": loss.Options.model_json_schema(),
    }
