"""SGD, Adam and AdamW over a network's parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def contiguous(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Show weights in channels_last to a step on the CPU as the O×H×W×I tensors that they are.

    PyTorch's fused kernels copy what is not contiguous by the order of its dimensions, which takes
    several times as long as the correction (2.13).
    """
    parameters = [entry for group in optimizer.param_groups for entry in group["params"]]
    turned = [entry for entry in parameters if _in_channels_last(entry)]
    for entry in turned:
        _turn(optimizer, entry, (0, 2, 3, 1))
    try:
        yield
    finally:
        for entry in turned:
            _turn(optimizer, entry, (0, 3, 1, 2))


def _in_channels_last(entry: nn.Parameter) -> bool:
    tensors = (entry, entry.grad)
    return entry.device.type == "cpu" and all(
        tensor is not None
        and not tensor.is_contiguous()
        and tensor.is_contiguous(memory_format=torch.channels_last)
        for tensor in tensors
    )


def _turn(
    optimizer: torch.optim.Optimizer, entry: nn.Parameter, order: tuple[int, int, int, int]
) -> None:
    """Permute a parameter, its gradient and what the optimizer keeps of it; nothing is copied."""
    gradient, entry.grad = entry.grad, None
    entry.data = entry.data.permute(order)
    entry.grad = None if gradient is None else gradient.permute(order)
    kept = optimizer.state.get(entry, {})
    for slot, value in kept.items():
        if isinstance(value, torch.Tensor) and value.ndim == len(order):
            kept[slot] = value.permute(order)
