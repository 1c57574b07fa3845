"""Counting a torch network's parameters and operations, without computing. Imports PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from training_api.networks.base import Network
from training_api.networks.cost import CLASSES, SIDE, Cost


def counted(kind: type[Network], backbone: str) -> Cost:
    """The cost of a network with a backbone, as used for inference."""
    given: dict[str, Any] = {"backbone": backbone}
    if "aux" in kind.Options.model_fields:
        given["aux"] = False
    network = kind(kind.Options(**given)).build(CLASSES, (SIDE, SIDE)).eval().to("meta")
    image = torch.empty(1, 3, SIDE, SIDE, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(image)
    return Cost(
        network=kind.name,
        backbone=backbone,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        operations=counter.get_total_flops(),
    )
