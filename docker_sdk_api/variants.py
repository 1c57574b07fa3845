"""A network with each backbone: what it costs, how fast it was here, under which licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docker_sdk_api.measurements import Measurement
from training_api.networks.base import Network
from training_api.networks.cost import SIDE, cost_of
from training_api.weights.registry import backbones_for, networks_for
from training_api.weights.weight_file import WeightFile

Variant = dict[str, Any]


def variants_of(network: type[Network], measured: Sequence[Measurement] = ()) -> list[Variant]:
    """A row per backbone, one with `backbone` None for a network with an encoder of its own.

    `gflops` are for an image of SIDE×SIDE; `measured` holds the newest measurement first;
    `licence` is that of the backbone's code, `backbone_weights` and `network_weights` are the
    licences of published weights for the backbone alone and for the whole network.
    """
    return [_variant(network, backbone, measured) for backbone in network.backbones() or (None,)]


def _variant(
    network: type[Network], backbone: str | None, measured: Sequence[Measurement]
) -> Variant:
    cost = cost_of(network.engine, network.name, backbone)
    chosen = network(network.Options(**({"backbone": backbone} if backbone else {})))
    encoder = chosen.encoder
    key = encoder.key if encoder else backbone
    fitting = networks_for(network.engine, network.name, chosen.options.model_dump())
    return {
        "backbone": backbone,
        "title": encoder.title if encoder else backbone,
        "paper": encoder.paper if encoder else None,
        "licence": encoder.licence if encoder else network.licence,
        "backbone_weights": _licences(backbones_for(network.engine, key)) if key else [],
        "network_weights": _licences(fitting),
        "parameters": cost.parameters if cost else None,
        "gflops": round(cost.gflops(SIDE, SIDE), 2) if cost else None,
        "measured": [
            entry.model_dump(mode="json", exclude={"engine", "network", "backbone"})
            for entry in measured
            if (entry.engine, entry.network, entry.backbone)
            == (network.engine, network.name, backbone)
        ],
    }


def _licences(files: list[WeightFile]) -> list[str]:
    """Of published weights, each once."""
    return list(dict.fromkeys(file.licence for file in files))
