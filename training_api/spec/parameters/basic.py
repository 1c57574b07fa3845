"""What every user may want to set."""

from __future__ import annotations

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class BasicParameters(Closed):
    """Speed of learning, sizes of batches, length of the run."""

    learning_rate: float = parameter(
        0.001,
        "Learning rate",
        "Size of each correction of the weights. Too high diverges, too low learns slowly.",
        group="basic",
        step=0.0001,
        gt=0,
        le=10,
    )
    batch_size: int = parameter(
        2,
        "Batch size",
        "Images per training step, split evenly over a job's GPUs. Larger is steadier and needs "
        "more memory.",
        group="basic",
        unit="images",
        gluoncv=1,
        ge=1,
        le=1024,
    )
    epochs: int = parameter(
        10,
        "Epochs",
        "How many times training goes through all training images.",
        group="basic",
        gluoncv=15,
        ge=1,
        le=100_000,
    )
    validation_batch_size: int = parameter(
        1,
        "Validation batch size",
        "Images per step when measuring quality. Changes speed and memory, never the result.",
        group="basic",
        unit="images",
        ge=1,
        le=1024,
    )
