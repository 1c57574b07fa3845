"""What a trainer tells: events for programs, a log for people, a table of metrics."""

from __future__ import annotations

import threading
import time
from typing import Any

from training_api.checkpoints import Checkpoint
from training_api.metrics_table import MetricsTable
from training_api.scalars import Scalars
from training_api.spec.cadence import Cadence
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.events import EventWriter


class Journal:
    """Writes events.jsonl, metrics.csv and, on standard output, the log. Thread-safe."""

    def __init__(self, directory: JobDirectory, attempt: int) -> None:
        self._directory = directory
        self._attempt = attempt
        self._events = EventWriter(directory.events_path, attempt)
        self._classes: list[str] = []
        self._guard = threading.Lock()
        self._last_progress = 0.0

    def say(self, text: str) -> None:
        """One log line."""
        print(text, flush=True)

    def started(self, facts: dict[str, Any]) -> None:
        """The run is set up."""
        self._classes = facts["classes"]
        self._table = MetricsTable(self._directory.metrics_path, self._classes)
        self._table.begin(facts["after_epoch"])
        first_step = round(facts["after_epoch"] * facts["steps_per_epoch"]) + 1
        folder = self._directory.tensorboard_path
        self._scalars = Scalars(folder, self._attempt, self._classes, first_step)
        self._tell("started", facts)
        self.say(
            f"{facts['network']} with {facts['parameters']:,} parameters on {facts['device']} "
            f"({facts['precision']}): {facts['training_images']} training and "
            f"{facts['validation_images']} validation images, {facts['steps_per_epoch']} steps "
            f"per epoch, {facts['epochs']} epochs."
        )

    def progress(self, facts: dict[str, Any]) -> None:
        """A step was done; at most one event per second is written."""
        moment = time.monotonic()
        if moment - self._last_progress >= 1:
            self._last_progress = moment
            self._tell("progress", facts)

    def validation(self, event: dict[str, Any], cadence: Cadence) -> None:
        """Quality was measured: event, table row and log line."""
        self._table.add(event)
        self._scalars.validation(event)
        self._tell("validation", event)
        self.say(_validation_line(event, cadence, self._classes))

    def samples(self, epoch: float, step: int, entries: list[dict[str, Any]]) -> None:
        """Pictures were written."""
        self._tell("sample", {"epoch": epoch, "step": step, "samples": entries})

    def checkpoint(self, saved: Checkpoint) -> None:
        """A checkpoint was published."""
        where = {"epoch": saved.progress.epoch, "step": saved.progress.step}
        self._tell("checkpoint", where | {"name": saved.name, "best": saved.best})

    def notice(self, message: str) -> None:
        """Something that the user should know."""
        self._tell("notice", {"message": message})
        self.say(f"Notice: {message}")

    def weights(self, facts: dict[str, Any], lines: list[str]) -> None:
        """First weights were taken over, or refused: the event names all tensors, as the log."""
        self._tell("weights", facts)
        for line in lines:
            self.say(line)

    def finished(self, facts: dict[str, Any]) -> None:
        """The run ended as it should, at its last epoch or on request."""
        self._tell("finished", facts)
        ending = "Stopped" if facts["stopped"] else "Finished"
        best = (
            "no epoch was validated"
            if facts["best_epoch"] is None
            else f"best mIoU {_figure(facts['best_miou'])} in epoch {_short(facts['best_epoch'])}"
        )
        model = f", model {facts['model_id']}" if facts["model_id"] else ""
        self.say(
            f"{ending} after {_short(facts['epochs'])} epochs in {facts['seconds']:.1f} s "
            f"({_figure(facts['images_per_second'], 1)} images/s): {best}{model}."
        )

    def failed(self, reason: ReasonCode, message: str) -> None:
        """The run ended by a fault."""
        self._tell("failed", {"reason": reason, "message": message})
        self.say(f"Failed ({reason}): {message}")

    def _tell(self, event: str, fields: dict[str, Any]) -> None:
        with self._guard:
            self._events.write(event, **fields)


def _short(epoch: float) -> str:
    """3 → '3', 2.333333 → '2.33'."""
    return str(epoch) if isinstance(epoch, int) else f"{epoch:.2f}"


def _figure(value: float | None, digits: int = 4) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _validation_line(event: dict[str, Any], cadence: Cadence, classes: list[str]) -> str:
    per_class = ", ".join(
        f"{name} {_figure(iou)}" for name, iou in zip(classes, event["iou"], strict=True)
    )
    parts = [
        f"Epoch {_short(event['epoch'])}/{cadence.epochs}",
        f"step {event['step']}/{cadence.steps}",
        f"loss {_figure(event['train_loss'])}",
        f"validation loss {_figure(event['validation_loss'])}",
        f"mIoU {_figure(event['miou'])} ({per_class})",
        f"pixel accuracy {_figure(event['pixel_accuracy'])}",
        f"class accuracy {_figure(event['class_accuracy'])}",
        f"frequency-weighted IoU {_figure(event['frequency_weighted_iou'])}",
        f"learning rate {event['lr']:.3g}",
        f"{_figure(event['images_per_second'], 1)} images/s",
        f"{event['seconds']:.0f} s",
    ]
    return " · ".join(parts) + (" · best so far" if event["best"] else "")
