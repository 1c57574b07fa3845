"""SGD, Adam and AdamW over a network's parameters."""

from __future__ import annotations

import torch
from torch import nn

from training_api.spec.hyper_parameters import HyperParameters

_SECOND_BETA = 0.999


def optimizer_for(network: nn.Module, values: HyperParameters) -> torch.optim.Optimizer:
    """The optimizer that `values` name, with one fused kernel for all tensors.

    Weight decay is for weights: biases and norms (one dimension) are left alone.
    """
    parameters = [entry for entry in network.parameters() if entry.requires_grad]
    weights = [entry for entry in parameters if entry.ndim > 1]
    others = [entry for entry in parameters if entry.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": values.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    rate, momentum = values.learning_rate, values.momentum
    if values.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, fused=True)
    kind = torch.optim.Adam if values.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate, betas=(momentum, _SECOND_BETA), fused=True)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Use `rate` from the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate
