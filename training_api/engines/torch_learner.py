"""Training steps of the torch engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from training_api.engines.torch_average import Average
from training_api.engines.torch_batch_norm import Statistics
from training_api.engines.torch_group import Alone
from training_api.engines.torch_optimizer import contiguous, optimizer_for, set_learning_rate
from training_api.engines.torch_precision import Precision, chosen_format
from training_api.spec.hyper_parameters import HyperParameters

AUX_WEIGHT = 0.5
Part = tuple[torch.Tensor, torch.Tensor]
"""Normalised images N×3×H×W and labels N×H×W of class ids."""


class Learner:
    """Corrects the weights of `network`. `frozen`, a part of it, keeps its statistics.

    `passes` is what a forward pass calls: the network itself, or something around it; `group` is
    who corrects the same weights at the same time.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        values: HyperParameters,
        device: torch.device,
        frozen: nn.Module | None,
    ) -> None:
        self.network = network
        self.passes: Callable[[torch.Tensor], list[torch.Tensor]] = network
        self.group = Alone()
        self.precision = Precision(chosen_format(values.precision, device), device)
        self.optimizer = optimizer_for(network, values)
        self.average = Average(network, values.ema) if values.ema else None
        self._loss = loss
        self._frozen = frozen
        self._largest_norm = values.gradient_clip
        self._statistics = Statistics(network)

    @property
    def result(self) -> nn.Module:
        """The network to measure and to publish: the average, if there is one."""
        return self.network if self.average is None else self.average.network

    def begin_anew(self) -> None:
        """Let the average forget what the network was before its weights were replaced."""
        if self.average is not None:
            self.average.begin_anew()

    def step(self, parts: Iterable[Part], count: int, learning_rate: float) -> float:
        """One correction by the mean gradient of `count` parts, in all processes; their mean loss.

        Gradients that are not finite count as a loss that is not (NaN) and change nothing.
        """
        self._begin()
        value = self.group.mean(self._sum_of_losses(parts, count) / count)
        self.precision.unscale(self.optimizer)
        if self._clip() and math.isfinite(value):
            set_learning_rate(self.optimizer, learning_rate)
            with contiguous(self.optimizer):
                self.precision.correct(self.optimizer)
            if self.average is not None:
                self.average.update()
            return value
        self._statistics.put_back()
        overflowed = self.precision.may_have_overflowed()
        self.precision.refuse()
        return value if overflowed or not math.isfinite(value) else math.nan

    def _begin(self) -> None:
        self.network.train()
        if self._frozen is not None:
            self._frozen.eval()
        self._statistics.keep()
        self.optimizer.zero_grad(set_to_none=True)

    def _sum_of_losses(self, parts: Iterable[Part], count: int) -> float:
        total = 0.0
        for number, part in enumerate(parts, 1):
            with self.group.pass_of(last=number == count):
                total += self._add_gradients(part, count)
        return total

    def _add_gradients(self, part: Part, count: int) -> float:
        """The main output's loss plus half of each auxiliary one's, all in float32."""
        images, truth = part
        with self.precision.casting():
            outputs = self.passes(images)
        main, *auxiliary = (self._loss(output.float(), truth) for output in outputs)
        loss = main + AUX_WEIGHT * sum(auxiliary)
        self.precision.backward(loss / count)
        return float(loss.detach())

    def _clip(self) -> bool:
        """Scale the gradients to the largest norm; False if they are not finite."""
        used = [p for p in self.network.parameters() if p.grad is not None]
        norm = torch.nn.utils.get_total_norm([p.grad for p in used if p.grad is not None])
        if self._largest_norm:
            torch.nn.utils.clip_grads_with_norm_(used, self._largest_norm, norm)
        return bool(torch.isfinite(norm))

    def values(self) -> dict[str, Any]:
        """What `restore` takes besides tensors, as JSON values."""
        averaged = {} if self.average is None else {"averaged_steps": self.average.steps}
        scale = self.precision.values()
        return averaged | ({"scale": scale} if scale else {})

    def restore(self, values: dict[str, Any]) -> None:
        """Go on where `values` stood."""
        self.precision.restore(values.get("scale", {}))
        if self.average is not None:
            self.average.steps = values["averaged_steps"]
