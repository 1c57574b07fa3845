"""Batch norms that cannot measure a batch, and their statistics across a step that is undone."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def freeze_on_single_values(network: nn.Module) -> None:
    """Let a batch norm that sees one value per channel normalise by its running statistics.

    One value has no variance, and PyTorch refuses it while training: that is the pooled branch of
    DeepLab with a batch of one image, or the deepest stage of a small crop.
    """
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.register_forward_pre_hook(_before)
            module.register_forward_hook(_after)


def _before(module: nn.Module, inputs: tuple[Any, ...]) -> None:
    if module.training and inputs[0].numel() == inputs[0].shape[1]:
        module.training = False
        module._frozen_for_one_value = True  # type: ignore[assignment]


def _after(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
    if module.__dict__.pop("_frozen_for_one_value", False):
        module.training = True


class Statistics:
    """A copy of a network's buffers (running means and variances), to undo a step's forward pass.

    A forward pass in training mode updates them before the loss is known.
    """

    def __init__(self, network: nn.Module) -> None:
        self._buffers = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
        self._counters = [buffer for buffer in network.buffers() if not buffer.is_floating_point()]
        self._kept = [buffer.clone() for buffer in self._buffers]
        self._kept_counters = [buffer.clone() for buffer in self._counters]

    def keep(self) -> None:
        """Remember the present values."""
        _copy(self._kept, self._buffers)
        _copy(self._kept_counters, self._counters)

    def put_back(self) -> None:
        """Restore what was remembered."""
        _copy(self._buffers, self._kept)
        _copy(self._counters, self._kept_counters)


@torch.no_grad()
def _copy(targets: list[torch.Tensor], sources: list[torch.Tensor]) -> None:
    if targets:
        torch._foreach_copy_(targets, sources)
