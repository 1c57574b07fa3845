"""How the weights are corrected."""

from __future__ import annotations

from typing import Literal

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class OptimizationParameters(Closed):
    """Optimizer and schedule of its learning rate."""

    optimizer: Literal["sgd", "adamw"] = parameter(
        "adamw",
        "Optimizer",
        "How corrections are computed: AdamW adapts to each weight, SGD is the classic.",
    )
    schedule: Literal["poly", "cosine", "constant"] = parameter(
        "cosine",
        "Schedule",
        "How the learning rate falls over the run: poly (power 0.9), cosine, or not at all.",
        gluoncv="poly",
    )
    momentum: float = parameter(
        0.9,
        "Momentum",
        "Share of the previous correction that is kept (SGD), or the first beta of AdamW.",
        step=0.01,
        ge=0,
        lt=1,
    )
    weight_decay: float = parameter(
        0.01,
        "Weight decay",
        "Pull of all weights towards zero; counters overfitting.",
        gluoncv=0.0001,
        step=0.0001,
        ge=0,
        le=1,
    )
