"""How far a run is: what a checkpoint keeps besides the engine's state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Progress:
    """Position and sums of a run over all its attempts.

    `epoch` (from 1) is the one being trained and `epoch_step` how many of its steps are done;
    `best` holds the figures of the best validation.
    """

    epoch: int = 1
    epoch_step: int = 0
    step: int = 0
    batch_size: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    epoch_seconds: float = 0.0
    images: int = 0
    training_seconds: float = 0.0
    seconds: float = 0.0
    best: dict[str, Any] | None = None

    @property
    def position(self) -> str:
        """A name that sorts in the order of the run; validating an epoch changes it too."""
        return f"step-{self.step:09d}" + ("" if self.epoch_step else "-validated")

    @property
    def train_loss(self) -> float | None:
        """Mean loss of the epoch so far; None before its first finite step."""
        return self.loss_sum / self.loss_count if self.loss_count else None

    @property
    def best_miou(self) -> float | None:
        """mIoU of the best validation; None before the first."""
        return self.best["miou"] if self.best else None

    @property
    def images_per_second(self) -> float | None:
        """Over all training steps so far; None before the first."""
        return self.images / self.training_seconds if self.training_seconds else None

    def add_step(self, loss: float | None, seconds: float) -> None:
        """Count a training step; a loss that is not finite is None and left out of the mean."""
        self.step += 1
        self.epoch_step += 1
        self.images += self.batch_size
        self.training_seconds += seconds
        self.epoch_seconds += seconds
        if loss is not None:
            self.loss_sum += loss
            self.loss_count += 1

    def next_epoch(self) -> None:
        """Begin the next epoch."""
        self.epoch += 1
        self.epoch_step = 0
        self.loss_sum, self.loss_count, self.epoch_seconds = 0.0, 0, 0.0

    def change_batch_size(self, size: int, steps_per_epoch: int) -> None:
        """Keep the place when an attempt has another batch size than the one before."""
        if size != self.batch_size:
            self.epoch_step = min(self.epoch_step * self.batch_size // size, steps_per_epoch)
            self.step = (self.epoch - 1) * steps_per_epoch + self.epoch_step
            self.batch_size = size

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Progress:
        """From `document`'s value."""
        return cls(**document)
