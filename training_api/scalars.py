"""Curves for TensorBoard: `tensorboard/` of the job, scalars only."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Any

from training_api.spec.files import out_of_space

_FIGURES = {
    "train_loss": "loss/training",
    "validation_loss": "loss/validation",
    "miou": "quality/miou",
    "pixel_accuracy": "quality/pixel_accuracy",
    "class_accuracy": "quality/class_accuracy",
    "frequency_weighted_iou": "quality/frequency_weighted_iou",
    "lr": "learning_rate",
    "images_per_second": "images_per_second",
}


class Scalars:
    """Appends validations to one event file per attempt, each in a single write.

    tensorboardX's own writer would do it from a thread whose queue blocks the training for ever
    once the disk is full. `first_step` tells TensorBoard to forget what earlier attempts wrote
    from there on.
    """

    def __init__(self, folder: Path, attempt: int, classes: list[str], first_step: int) -> None:
        from tensorboardX.proto.event_pb2 import Event, SessionLog

        self._classes = classes
        self._path = folder / f"events.out.tfevents.{time.time_ns()}.attempt-{attempt}"
        folder.mkdir(exist_ok=True)
        start = SessionLog(status=SessionLog.START)
        self._append(
            [Event(file_version="brain.Event:2"), Event(step=first_step, session_log=start)]
        )

    def validation(self, event: dict[str, Any]) -> None:
        """Add a validation's figures. Raises OutOfSpace."""
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.summary import scalar

        values = {tag: event[figure] for figure, tag in _FIGURES.items()}
        names = [f"iou/{name}" for name in self._classes]
        values |= dict(zip(names, event["iou"], strict=True))
        self._append(
            [
                Event(step=event["step"], summary=scalar(tag, value))
                for tag, value in values.items()
                if value is not None
            ]
        )

    def _append(self, events: list[Any]) -> None:
        for event in events:
            event.wall_time = time.time()
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(_record(event.SerializeToString()) for event in events))
        except OSError as error:
            raise out_of_space(error, self._path) from error


def _record(data: bytes) -> bytes:
    """TFRecord framing: length and content, each followed by its checksum."""
    from tensorboardX.record_writer import masked_crc32c

    head = struct.pack("<Q", len(data))
    checks = struct.pack("<I", masked_crc32c(head)), struct.pack("<I", masked_crc32c(data))
    return head + checks[0] + data + checks[1]
