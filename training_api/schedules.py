"""How the learning rate changes over a run, as a function of the step and of the run's length."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training_api.spec.hyper_parameters import HyperParameters

POLY_POWER = 0.9


@dataclass(frozen=True)
class Schedule:
    """The schedule that `values` name, over a run of `steps`; later ones are like the last.

    The rate first rises linearly: fresh batch statistics make the first gradients of a network
    from scratch too large for the full one. A constant rate is constant from the first step.
    """

    values: HyperParameters
    steps: int
    steps_per_epoch: int

    def rate(self, step: int) -> float:
        """The learning rate of step `step` (from 0)."""
        base, kind = self.values.learning_rate, self.values.schedule
        step = min(step, self.steps - 1)
        if kind == "constant":
            return base
        warm_up = int(self.values.warm_up * self.steps)
        if step < warm_up:
            return base * (step + 1) / (warm_up + 1)
        done = (step - warm_up) / max(1, self.steps - warm_up)
        if kind == "poly":  # Chen et al., "DeepLab", 2017
            return float(base * (1 - done) ** POLY_POWER)
        if kind == "cosine":  # Loshchilov, Hutter, "SGDR", 2017, without restarts
            return base * 0.5 * (1 + math.cos(math.pi * done))
        return float(base * self.values.drop_factor ** self._drops(step))

    def _drops(self, step: int) -> int:
        """How often the rate has dropped before `step`."""
        if self.values.schedule == "step":
            return step // (self.steps_per_epoch * self.values.drop_epochs)
        last = self.steps - self.steps_per_epoch  # the last epoch fine-tunes
        if last <= 0:
            return 3 * step // self.steps
        return sum(step >= at for at in (last / 3, 2 * last / 3, last))
