"""The training loop: the same for every engine."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from training_api.checkpoint_writer import CheckpointWriter
from training_api.engines.base import Engine
from training_api.journal import Journal
from training_api.loader import Batch, Loader
from training_api.pace import Pace
from training_api.prefetch import Prefetch
from training_api.progress import Progress
from training_api.sample_images import SampleImages
from training_api.schedules import Schedule
from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import HyperParameters
from training_api.validation import Validation, validate

_NON_FINITE_STEPS = 3


class Diverged(SegsmithError):
    """The loss stopped being finite."""

    code = "diverged"


@dataclass
class Loop:
    """One run of `engine`, from wherever `progress` stands to the last epoch."""

    engine: Engine
    loader: Loader
    batches: Prefetch[Batch]
    hyper_parameters: HyperParameters
    classes: int
    validation_images: int
    progress: Progress
    checkpoints: CheckpointWriter
    samples: SampleImages
    journal: Journal
    stopped: Callable[[], bool]

    def __post_init__(self) -> None:
        self._pace = Pace()
        self._began = time.monotonic() - self.progress.seconds
        self._lap = time.monotonic()
        self._non_finite = 0
        per_epoch = self.loader.steps_per_epoch
        self._steps = self.hyper_parameters.epochs * per_epoch
        self._schedule = Schedule(self.hyper_parameters, self._steps, per_epoch)

    def run(self) -> bool:
        """Train to the last epoch; False if stopped before. Raises Diverged.

        Whatever ends it, what was learnt until then is in a checkpoint.
        """
        try:
            complete = self._train_epochs()
        except BaseException:
            with contextlib.suppress(SegsmithError, OSError):
                self.checkpoints.finish(None)
            raise
        self.progress.seconds = self._elapsed()
        self.checkpoints.finish(self.progress)
        return complete

    def _train_epochs(self) -> bool:
        while self.progress.epoch <= self.hyper_parameters.epochs:
            while self.progress.epoch_step < self.loader.steps_per_epoch:
                if self.stopped():
                    return False
                self._step(next(self.batches))
            result = self._validate()
            if result is None:
                return False
            self._end_epoch(result)
        return True

    def _step(self, batch: Batch) -> None:
        rate = self._schedule.rate(self.progress.step)
        loss = self.engine.train_step(batch.images, batch.labels, rate)
        finite = math.isfinite(loss)
        moment = time.monotonic()
        lap, self._lap = moment - self._lap, moment
        self._pace.add_step(lap)
        self.progress.add_step(loss if finite else None, lap)
        self.progress.seconds = self._elapsed()
        self._check(finite, rate)
        self._tell_progress(loss if finite else None, rate, lap)
        if finite:
            self.checkpoints.within_epoch(self.progress)

    def _check(self, finite: bool, rate: float) -> None:
        """Raise Diverged at the third loss in a row that is not finite."""
        self._non_finite = 0 if finite else self._non_finite + 1
        if self._non_finite == _NON_FINITE_STEPS:
            raise Diverged(
                f"The loss was not a finite number {_NON_FINITE_STEPS} times in a row, last at "
                f"step {self.progress.step} with a learning rate of {rate:g}. Train again with a "
                "lower learning rate."
            )

    def _validate(self) -> Validation | None:
        size = self.hyper_parameters.validation_batch_size
        return validate(self.engine, self.loader, size, self.classes, self.samples, self.stopped)

    def _end_epoch(self, result: Validation) -> None:
        """Tell and keep what the epoch brought, and begin the next."""
        progress = self.progress
        progress.seconds = self._elapsed()
        event = self._validation_event(result)
        if event["best"]:
            progress.best = event
        self.journal.validation(event, self.hyper_parameters.epochs, self._steps)
        if self.samples.is_due(progress.epoch):
            entries = self.samples.write(progress.epoch, result.masks)
            self.journal.samples(progress.epoch, entries)
        progress.next_epoch()
        self.checkpoints.at_epoch_end(progress, event["best"])
        moment = time.monotonic()
        self._pace.add_validation(moment - self._lap)
        self._lap = moment

    def _validation_event(self, result: Validation) -> dict[str, Any]:
        progress = self.progress
        images, seconds = progress.epoch_step * progress.batch_size, progress.epoch_seconds
        miou, record = result.scores["miou"], progress.best_miou
        return {
            "epoch": progress.epoch,
            "step": progress.step,
            "train_loss": progress.train_loss,
            "validation_loss": result.loss,
            "lr": self._schedule.rate(progress.step - 1),
            **result.scores,
            "images_per_second": images / seconds if seconds else 0.0,
            "seconds": progress.seconds,
            "best": progress.best is None or (miou is not None and miou > (record or 0.0)),
        }

    def _tell_progress(self, loss: float | None, rate: float, lap: float) -> None:
        progress, pace = self.progress, self._pace
        validation_steps = self.validation_images / progress.batch_size
        validations = self.hyper_parameters.epochs - progress.epoch + 1
        step_seconds = pace.step_seconds or lap
        self.journal.progress(
            {
                "epoch": progress.epoch,
                "epochs": self.hyper_parameters.epochs,
                "step": progress.step,
                "steps": self._steps,
                "loss": loss,
                "lr": rate,
                "images_per_second": progress.batch_size / step_seconds,
                "seconds": progress.seconds,
                "remaining_seconds": pace.remaining(
                    self._steps - progress.step, validations, validation_steps
                ),
            }
        )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began
