"""How a training run is shown while it lasts."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from training_api.cli.screen import duration, score, size

Event = dict[str, Any]


class TrainingDisplay:
    """A bar on a terminal, else a line per epoch. Feed it job views and training events."""

    def __init__(self, console: Console, *, lines: bool = True) -> None:
        self._console = console
        self._lines = lines or not console.is_terminal  # a bar alone may be enough
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._state = ""
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                TextColumn("{task.percentage:3.0f} %  {task.fields[note]}"),
                console=console,
                transient=True,
            )

    def __enter__(self) -> TrainingDisplay:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._console.print(text)

    def view(self, job: dict[str, Any]) -> None:
        """The job as the API shows it now."""
        waiting = job.get("waiting_for")
        fetch = job.get("fetch") if job["state"] == "queued" else None
        state = f"{job['state']}. {waiting}" if waiting else str(job["state"])
        state += f" Licence: {fetch['licence']}." if waiting and fetch else ""
        if job.get("repeats") and job.get("message"):
            state += f": {job['message']}"
        if state != self._state:
            self._state = state
            if self._bar is None or waiting:
                self.say(f"{job['name']}: {state}")
        progress = fetch["progress"] if fetch else job.get("progress")
        if self._bar is not None and progress:
            self._advance(job, progress)

    def _advance(self, job: dict[str, Any], progress: dict[str, Any]) -> None:
        assert self._bar is not None
        if self._task is None:
            self._task = self._bar.add_task("", total=1.0, note="")
        self._bar.update(
            self._task,
            completed=progress["fraction"],
            description=self._place(job, progress),
            note="  ".join(self._notes(job, progress)),
        )

    def _place(self, job: dict[str, Any], progress: dict[str, Any]) -> str:
        if progress.get("bytes") is not None:  # its weights come first
            return f"fetching  {fetched(progress)}"
        return f"{job['state']}  epoch {progress['epoch']} of {progress['epochs']}"

    def _notes(self, job: dict[str, Any], progress: dict[str, Any]) -> list[str]:
        best = job.get("best")
        notes = (
            [f"{progress['images_per_second']:.1f} images/s"]
            if progress.get("images_per_second")
            else []
        )
        if progress.get("loss") is not None:
            notes.append(f"loss {progress['loss']:.3f}")
        if best:
            notes.append(f"best mIoU {score(best['miou'])}")
        if progress.get("remaining_seconds") is not None:
            notes.append(f"{duration(progress['remaining_seconds'])} left")
        return notes

    def stopping(self) -> None:
        """The user asked to stop."""
        self.say("Stopping after the current step; the best model so far is kept …")

    def event(self, event: Event) -> None:
        """An event of the trainer."""
        if not self._lines:
            return
        match event["event"]:
            case "started":
                self.say(_started(event))
            case "validation":
                self.say(_validation(event))
            case "notice":
                self.say(event["message"])


def fetched(progress: dict[str, Any]) -> str:
    """`12 MB of 47 MB`."""
    whole = f" of {size(progress['total_bytes'])}" if progress["total_bytes"] else ""
    return f"{size(progress['bytes'])}{whole}"


def _started(event: Event) -> str:
    return (
        f"{event['network']} ({event['engine']}) on {event['device']}, {event['precision']}: "
        f"{event['training_images']} images to learn from, "
        f"{event['validation_images']} to measure with, {event['epochs']} epochs"
    )


def _validation(event: Event) -> str:
    best = "  best so far" if event.get("best") else ""
    return (
        f"epoch {event['epoch']:>3.4g}  loss {_loss(event['train_loss'])}  "
        f"validation loss {_loss(event['validation_loss'])}  mIoU {score(event['miou'])}  "
        f"{event['images_per_second']:.1f} images/s  {duration(event['seconds'])}{best}"
    )


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
