"""How the weights are corrected."""

from __future__ import annotations

from typing import Literal

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class OptimizationParameters(Closed):
    """Optimizer and schedule of its learning rate."""

    optimizer: Literal["sgd", "adam", "adamw"] = parameter(
        "adamw",
        "Optimizer",
        "How corrections are computed: SGD is the classic, Adam adapts to each weight, AdamW also "
        "keeps weight decay apart from that.",
    )
    schedule: Literal["poly", "cosine", "step", "three_step", "constant"] = parameter(
        "cosine",
        "Schedule",
        "How the learning rate falls over the run: poly (power 0.9), cosine, step (a drop every "
        "few epochs), three_step (drops after one and two thirds and for the last epoch), or not "
        "at all.",
        gluoncv="poly",
    )
    warm_up: float = parameter(
        0.1,
        "Warm-up",
        "Share of the run in which the learning rate rises to its full value. A constant rate "
        "has no warm-up.",
        step=0.01,
        ge=0,
        le=0.5,
    )
    drop_factor: float = parameter(
        0.1,
        "Drop factor",
        "What the schedules step and three_step multiply the learning rate by at each drop.",
        step=0.05,
        gt=0,
        lt=1,
    )
    drop_epochs: int = parameter(
        3,
        "Drop every",
        "How many epochs the schedule step keeps a learning rate.",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    momentum: float = parameter(
        0.9,
        "Momentum",
        "Share of the previous correction that is kept (SGD), or the first beta of Adam and AdamW.",
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
    gradient_clip: float = parameter(
        0,
        "Gradient clipping",
        "Largest norm of all gradients of a step together; larger ones are scaled down. 0 leaves "
        "all as they are.",
        gluoncv=5.0,
        step=0.5,
        ge=0,
        le=1000,
    )
    accumulation: int = parameter(
        1,
        "Accumulation",
        "Batches whose gradients are added up for one correction: as a larger batch, without its "
        "memory.",
        unit="batches",
        ge=1,
        le=1024,
    )
    ema: float = parameter(
        0,
        "Weight averaging",
        "Decay of a moving average of the weights (EMA), which is then measured and published. "
        "0.99 suits short runs, 0.999 long ones; 0 is off.",
        step=0.001,
        ge=0,
        lt=1,
    )
