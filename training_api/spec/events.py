"""events.jsonl: what a worker tells, one JSON object per line, readable from any offset.

Every event has `event` (its kind), `attempt` and `time`; an event's id is `ATTEMPT-OFFSET`.

started     engine, network, epochs, steps_per_epoch, training_images, validation_images,
            classes [name], parameters, device, precision, first_epoch (1, or more on resume),
            after_epoch (validations later than this are told anew: 0, or more on resume),
            size [height, width], batch_size, cpus
progress    epoch, epochs, step, steps (of the whole run), expected_steps (by the end of the
            minutes, null where these end nothing), loss, lr, images_per_second, seconds (since the
            run's start over all attempts), remaining_seconds or null
validation  epoch (how many are done, decimal within one), step, train_loss (since the last),
            validation_loss, lr, miou, pixel_accuracy, class_accuracy, frequency_weighted_iou,
            iou/precision/recall/dice [per class, null if undefined],
            support [label pixels per class], images_per_second, seconds, best (bool)
sample      epoch, step, samples: [{stem, image, truth, prediction}] (paths below the job directory)
checkpoint  epoch, step, name, best (bool)
weights     mode, id, dataset, source, sha256, licence, freeze_backbone, and WeightsReport's lists
            of tensors (before `started`, where a run does not begin with random weights)
notice      message (a sentence for the user: batch clamped, checkpoint skipped, ...)
finished    epochs (done), ended (a sentence if before the last epoch), best_epoch, best_miou,
            model_id, stopped (bool), seconds, images_per_second
failed      reason (ReasonCode), message
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training_api.spec.clock import now
from training_api.spec.files import append_line

Event = dict[str, Any]


class EventWriter:
    """Appends events of one attempt; the trainer is the file's only writer."""

    def __init__(self, path: Path, attempt: int) -> None:
        self._path = path
        self._attempt = attempt
        _mend_last_line(path)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event. NaN is refused: undefined values are None."""
        head = {"event": event, "attempt": self._attempt, "time": now()}
        append_line(self._path, head | fields)


def _mend_last_line(path: Path) -> None:
    """End a line that a killed trainer left half-written, so that the next one stays readable."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb+") as file:
        file.seek(-1, 2)
        if file.read(1) != b"\n":
            file.write(b"\n")


def read_events(path: Path, after: int = 0) -> Iterator[tuple[int, Event]]:
    """Yield (offset of the next line, event) for complete lines from byte `after` on.

    A line that is not JSON (torn by a kill) is passed over.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(after)
        position = after
        for line in file:
            if not line.endswith(b"\n"):
                return
            position += len(line)
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                yield position, event


def latest(events: list[Event], kind: str) -> Event | None:
    """The last event of `kind`, or None."""
    return next((event for event in reversed(events) if event["event"] == kind), None)


def validations(events: list[Event]) -> list[Event]:
    """All that count, in the order of the run; a resumed attempt replaces what it repeated."""
    by_epoch: dict[float, Event] = {}
    for event in events:
        if event["event"] == "started":
            last = event.get("after_epoch", event.get("first_epoch", 1) - 1)
            by_epoch = {epoch: kept for epoch, kept in by_epoch.items() if epoch <= last}
        elif event["event"] == "validation":
            by_epoch[event["epoch"]] = event
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]
