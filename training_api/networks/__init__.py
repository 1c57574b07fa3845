"""The networks: one file each, found by engine and name; nothing heavy is imported to list them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from training_api.networks.base import Network
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.job import problem_of

_MODULES = (
    "training_api.networks.torch.unet",
    "training_api.networks.torch.unetplusplus",
    "training_api.networks.torch.linknet",
    "training_api.networks.torch.manet",
    "training_api.networks.torch.fpn",
    "training_api.networks.torch.pan",
    "training_api.networks.torch.pspnet",
    "training_api.networks.torch.deeplabv3plus",
    "training_api.networks.torch.upernet",
    "training_api.networks.torch.segformer",
    "training_api.networks.torch.dpt",
    "training_api.networks.torch.lraspp",
    "training_api.networks.torch.fcn",
    "training_api.networks.torch.deeplabv3",
    "training_api.networks.gluoncv.fastscnn",
    "training_api.networks.gluoncv.fcn",
    "training_api.networks.gluoncv.psp",
    "training_api.networks.gluoncv.deeplab",
    "training_api.networks.gluoncv.deeplabv3plus",
    "training_api.networks.gluoncv.icnet",
    "training_api.networks.gluoncv.danet",
)
"""A new network is a new file with a class `NETWORK`, and its line here."""


@cache
def all_networks() -> tuple[type[Network], ...]:
    """Every network class, in the order in which they are offered."""
    return tuple(import_module(module).NETWORK for module in _MODULES)


def network_class(engine: EngineName, name: str) -> type[Network]:
    """The class for a name. Raises InvalidSpec with the engine's names."""
    offered = [network for network in all_networks() if network.engine is engine]
    for network in offered:
        if network.name == name:
            return network
    known = ", ".join(network.name for network in offered)
    raise InvalidSpec(
        f"The {engine} engine has no network '{name}'. Choose one of: {known}.",
        field="network.name",
    )


def network_for(engine: EngineName, name: str, options: dict[str, Any]) -> Network:
    """The network with checked options. Raises InvalidSpec at the option's field."""
    found = network_class(engine, name)
    try:
        return found(found.Options.model_validate(options))
    except ValidationError as error:
        problem = problem_of(error.errors()[0])
        path = f"network.options.{problem.field}" if problem.field else "network.options"
        raise InvalidSpec(problem.message, field=path) from error
