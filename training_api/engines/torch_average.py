"""The moving average of a network's weights, which often predicts better than the last ones."""

from __future__ import annotations

import copy

import torch
from torch import nn

from training_api.engines.base import averaging_decay


class Average:
    """A copy of `network` whose weights and statistics follow it, see `averaging_decay`."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.steps = 0
        self._decay = decay
        own, followed = self.network.state_dict(), network.state_dict()
        names = [name for name, tensor in own.items() if tensor.is_floating_point()]
        self._own, self._followed = [own[n] for n in names], [followed[n] for n in names]
        counters = [name for name in own if name not in names]
        self._own_counters = [own[name] for name in counters]
        self._followed_counters = [followed[name] for name in counters]

    @torch.no_grad()
    def update(self) -> None:
        """Follow the network after a step."""
        decay = averaging_decay(self._decay, self.steps)
        self.steps += 1
        torch._foreach_lerp_(self._own, self._followed, 1 - decay)
        self._copy(self._own_counters, self._followed_counters)

    @torch.no_grad()
    def begin_anew(self) -> None:
        """Take the network's weights over as they are."""
        self.steps = 0
        self._copy(self._own + self._own_counters, self._followed + self._followed_counters)

    @staticmethod
    def _copy(targets: list[torch.Tensor], sources: list[torch.Tensor]) -> None:
        for target, source in zip(targets, sources, strict=True):
            target.copy_(source)
