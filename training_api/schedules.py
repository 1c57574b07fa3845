"""How the learning rate changes over a run, as functions of the step alone."""

from __future__ import annotations

import math

WARM_UP_SHARE = 0.1
"""Part of the run in which the rate rises linearly: fresh batch statistics make the first
gradients of a network from scratch too large for the full rate."""
POLY_POWER = 0.9


def learning_rate(schedule: str, base: float, step: int, steps: int) -> float:
    """The rate of step `step` (from 0) of `steps`; `schedule` is poly, cosine or constant.

    poly: Chen et al., "DeepLab", 2017; cosine: Loshchilov, Hutter, "SGDR", 2017, without restarts.
    A constant rate is constant from the first step.
    """
    if schedule == "constant":
        return base
    warm_up = int(WARM_UP_SHARE * steps)
    if step < warm_up:
        return base * (step + 1) / (warm_up + 1)
    done = (step - warm_up) / max(1, steps - warm_up)
    if schedule == "poly":
        return float(base * (1 - done) ** POLY_POWER)
    return base * 0.5 * (1 + math.cos(math.pi * done))
