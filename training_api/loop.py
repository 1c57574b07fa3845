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
from training_api.forecast import Forecast
from training_api.journal import Journal
from training_api.loader import Batch, Loader
from training_api.pace import Pace
from training_api.prefetch import Prefetch
from training_api.progress import Progress
from training_api.sample_images import SampleImages
from training_api.schedules import Schedule
from training_api.spec.cadence import Cadence
from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import HyperParameters
from training_api.stopping import Stopping
from training_api.validation import Validation, validate

_NON_FINITE_STEPS = 3


class Diverged(SegsmithError):
    """The loss stopped being finite."""

    code = "diverged"


@dataclass
class Loop:
    """One run of `engine`, from wherever `progress` stands to the end that `cadence` and the
    hyper-parameters set. `best_class` decides on the best weights, the mean if it is None.
    """

    engine: Engine
    loader: Loader
    batches: Prefetch[Batch]
    hyper_parameters: HyperParameters
    cadence: Cadence
    classes: int
    best_class: int | None
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
        self._schedule = self._expected_schedule()
        self._stopping = Stopping(self.hyper_parameters, self.cadence)
        self._forecast = Forecast(self.hyper_parameters.max_minutes, self.progress.seconds)

    def run(self) -> str | None:
        """Train to the end; why it came ('' after the last epoch), None if stopped before.

        Whatever ends it, what was learnt until then is in a checkpoint. Raises Diverged.
        """
        try:
            ending = self._train()
        except BaseException:
            with contextlib.suppress(SegsmithError, OSError):
                self.checkpoints.finish(None)
            raise
        self.progress.seconds = self._elapsed()
        self.checkpoints.finish(self.progress)
        return ending

    def _train(self) -> str | None:
        """Steps and validations in turn. What ends a run is validated too."""
        progress = self.progress
        while True:
            ending = self._stopping.reason(progress)
            due = ending is not None or self.cadence.is_due(progress.step)
            if due and not progress.is_validated:
                result = self._validate()
                if result is None:
                    return None
                self._keep(result)
            elif ending is not None:
                return ending
            elif self.stopped():
                return None
            else:
                self._step(next(self.batches))

    def _step(self, batch: Batch) -> None:
        self.progress.begin_step(self.cadence.per_epoch)
        rate = self.progress.learning_rate = self._schedule.rate(self.progress.step)
        loss = self.engine.train_step(batch.images, batch.labels, rate)
        finite = math.isfinite(loss)
        moment = time.monotonic()
        lap, self._lap = moment - self._lap, moment
        self._pace.add_step(lap)
        self.progress.add_step(loss if finite else None, lap)
        self.progress.seconds = self._elapsed()
        if self._forecast.is_due(self.progress.seconds):
            self._look_ahead()
        self._check(finite, rate)
        self._tell_progress(loss if finite else None, rate, lap)
        if finite:
            self.checkpoints.between_validations(self.progress)

    def _look_ahead(self) -> None:
        """Let the learning rate come down by the end of the minutes, where they will end the run.

        Only now and then, so that the rate is a function of the step in between.
        """
        planned = self._planned_seconds()
        if planned is not None:
            self._forecast.update(self.progress, self.cadence.steps, planned)
            self._schedule = self._expected_schedule()

    def _expected_schedule(self) -> Schedule:
        steps = self.progress.expected_steps or self.cadence.steps
        return Schedule(self.hyper_parameters, steps, self.cadence.per_epoch)

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

    def _keep(self, result: Validation) -> None:
        """Tell and keep what a validation found."""
        progress = self.progress
        progress.seconds = self._elapsed()
        event = self._validation_event(result)
        if event["best"]:
            progress.best = event
        self._stopping.note(progress, self._score(event))
        self.journal.validation(event, self.cadence)
        number = self.cadence.validations - self.cadence.remaining(progress.step)
        if self._stopping.reason(progress) is not None or self.samples.is_due(number):
            entries = self.samples.write(event["epoch"], result.masks)
            self.journal.samples(event["epoch"], progress.step, entries)
        progress.add_validation()
        self.checkpoints.after_validation(progress, event["best"])
        moment = time.monotonic()
        self._pace.add_validation(moment - self._lap)
        self._lap = moment

    def _validation_event(self, result: Validation) -> dict[str, Any]:
        progress = self.progress
        if progress.learning_rate is None:  # a checkpoint that does not tell
            progress.learning_rate = self._schedule.rate(progress.step - 1)
        images, seconds = progress.span_images, progress.span_seconds
        score = self._score(result.scores)
        record = self._score(progress.best) if progress.best else None
        return {
            "epoch": self.cadence.epochs_done(progress.step),
            "step": progress.step,
            "train_loss": progress.train_loss,
            "validation_loss": result.loss,
            "lr": progress.learning_rate,
            **result.scores,
            "images_per_second": images / seconds if seconds else 0.0,
            "seconds": progress.seconds,
            "best": progress.best is None or (score is not None and score > (record or 0.0)),
        }

    def _score(self, scores: dict[str, Any]) -> float | None:
        """What decides on the best weights; None if undefined."""
        score: float | None = (
            scores["miou"] if self.best_class is None else scores["iou"][self.best_class]
        )
        return score

    def _tell_progress(self, loss: float | None, rate: float, lap: float) -> None:
        progress, cadence = self.progress, self.cadence
        step_seconds = self._pace.step_seconds or lap
        self.journal.progress(
            {
                "epoch": progress.epoch,
                "epochs": cadence.epochs,
                "step": progress.step,
                "steps": cadence.steps,
                "expected_steps": progress.expected_steps,
                "loss": loss,
                "lr": rate,
                "images_per_second": progress.batch_size / step_seconds,
                "seconds": progress.seconds,
                "remaining_seconds": self._remaining(),
            }
        )

    def _remaining(self) -> float | None:
        """Seconds to the end; None while unknown."""
        found, minutes = self._planned_seconds(), self._stopping.minutes_left(self.progress)
        return found if found is None or minutes is None else min(found, 60 * minutes)

    def _planned_seconds(self) -> float | None:
        """Without a limit of minutes, the validation that may be due now included."""
        progress, cadence = self.progress, self.cadence
        return self._pace.remaining(
            cadence.steps - progress.step,
            cadence.remaining(progress.step - 1),
            self.validation_images / progress.batch_size,
        )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began
