"""How long a run lasts, and when its quality is measured."""

from __future__ import annotations

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class DurationParameters(Closed):
    """Ends of a run besides its last epoch, validations, and what counts as the best."""

    max_steps: int = parameter(
        0,
        "Stop after steps",
        "The run ends after so many training steps, if that comes before its last epoch. 0 sets "
        "no limit.",
        unit="steps",
        ge=0,
        le=1_000_000_000,
    )
    max_minutes: float = parameter(
        0,
        "Stop after minutes",
        "The run ends after so much training, over all attempts, measures its quality once more "
        "and publishes its best model. A learning rate that falls over the run (poly, cosine, "
        "three_step) has fallen by then. 0 sets no limit.",
        unit="minutes",
        step=1,
        ge=0,
        le=1_000_000,
    )
    validate_every_epochs: int = parameter(
        1,
        "Validate every",
        "Quality is measured after so many epochs, and at the end. 0 measures by steps or at the "
        "end alone.",
        unit="epochs",
        ge=0,
        le=100_000,
    )
    validate_every_steps: int = parameter(
        0,
        "Validate every",
        "Quality is measured after so many training steps too. 0 measures by epochs alone.",
        unit="steps",
        ge=0,
        le=1_000_000_000,
    )
    best_by: str = parameter(
        "miou",
        "Best model by",
        "What decides which model is the best and when a run stops early: miou, or the name of a "
        "class for its IoU.",
        min_length=1,
        max_length=200,
    )
    early_stopping_patience: int = parameter(
        0,
        "Early stopping",
        "The run ends after so many validations in a row without a better one. 0 trains to the "
        "end.",
        unit="validations",
        ge=0,
        le=100_000,
    )
    early_stopping_delta: float = parameter(
        0,
        "Smallest improvement",
        "By how much a validation has to be better than the ones before to count for early "
        "stopping.",
        step=0.001,
        ge=0,
        lt=1,
    )
