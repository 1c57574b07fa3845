"""How far a run is: what a checkpoint keeps besides the engine's state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Progress:
    """Position and sums of a run over all its attempts.

    `epoch` (from 1) is the one being trained and `epoch_step` how many of its steps are done; a
    step takes `batch_size` images on all devices together. `validated` is the step of the last
    validation; the sums of a span begin anew there. `learning_rate` is that of the step before, and
    `expected_steps` how many the run will have made when its minutes are over (None: all that are
    planned). `best` holds the figures of the best validation; `reference` is the score that early
    stopping compares with and `stale` the number of validations that did not beat it.
    """

    epoch: int = 1
    epoch_step: int = 0
    step: int = 0
    batch_size: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    span_images: int = 0
    span_seconds: float = 0.0
    images: int = 0
    training_seconds: float = 0.0
    seconds: float = 0.0
    validated: int | None = None
    learning_rate: float | None = None
    expected_steps: int | None = None
    best: dict[str, Any] | None = None
    reference: float | None = None
    stale: int = 0

    @property
    def position(self) -> str:
        """A name that sorts in the order of the run; a validation changes it too."""
        return f"step-{self.step:09d}" + ("-validated" if self.is_validated else "")

    @property
    def is_validated(self) -> bool:
        """True if the quality of the present weights is known."""
        return self.validated == self.step

    @property
    def train_loss(self) -> float | None:
        """Mean loss since the last validation; None before a finite step."""
        return self.loss_sum / self.loss_count if self.loss_count else None

    @property
    def images_per_second(self) -> float | None:
        """Over all training steps so far; None before the first."""
        return self.images / self.training_seconds if self.training_seconds else None

    def begin_step(self, steps_per_epoch: int) -> None:
        """Begin the next epoch if this one is over."""
        if self.epoch_step >= steps_per_epoch:
            self.epoch += 1
            self.epoch_step = 0

    def add_step(self, loss: float | None, seconds: float) -> None:
        """Count a training step; a loss that is not finite is None and left out of the mean."""
        self.step += 1
        self.epoch_step += 1
        self.images += self.batch_size
        self.span_images += self.batch_size
        self.training_seconds += seconds
        self.span_seconds += seconds
        if loss is not None:
            self.loss_sum += loss
            self.loss_count += 1

    def add_validation(self) -> None:
        """Count a validation of the present weights; a new span begins."""
        self.validated = self.step
        self.loss_sum, self.loss_count = 0.0, 0
        self.span_images, self.span_seconds = 0, 0.0

    def change_batch_size(self, size: int, images: int) -> None:
        """Keep the place among the training `images` when an attempt has other batches."""
        if size == self.batch_size:
            return
        per_epoch, done = -(-images // size), self.epoch_step * self.batch_size
        known = self.is_validated
        self.epoch_step = per_epoch if done >= images else done // size
        self.step = (self.epoch - 1) * per_epoch + self.epoch_step
        self.validated = self.step if known else None
        if self.expected_steps is not None:
            self.expected_steps = -(-self.expected_steps * self.batch_size // size)
        self.batch_size = size

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Progress:
        """From `document`'s value."""
        return cls(**document)
