"""TensorBoard files, read back record by record."""

from __future__ import annotations

import struct
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.record_writer import masked_crc32c

from training_api.scalars import Scalars


def read(path: Path) -> list[Event]:
    """All events of a file, every checksum checked."""
    data, at, events = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        head, body = data[at : at + 8], data[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", data, at + 8) == (masked_crc32c(head),)
        assert struct.unpack_from("<I", data, at + 12 + length) == (masked_crc32c(body),)
        event = Event()
        event.ParseFromString(body)
        events.append(event)
        at += 16 + length
    return events


def validation(step: int, miou: float, pad: float | None) -> dict[str, object]:
    figures = ("pixel_accuracy", "class_accuracy", "frequency_weighted_iou", "images_per_second")
    event = dict.fromkeys(figures, 0.5) | {"train_loss": 1.5, "validation_loss": None, "lr": 0.01}
    return event | {"step": step, "miou": miou, "iou": [0.25, pad]}


def test_validations_become_scalars_and_undefined_ones_are_left_out(tmp_path: Path) -> None:
    scalars = Scalars(tmp_path / "tensorboard", 2, ["background", "pad"], first_step=11)
    scalars.validation(validation(20, 0.75, None))
    scalars.validation(validation(30, 0.875, 0.5))

    (path,) = (tmp_path / "tensorboard").iterdir()
    version, start, *rest = read(path)

    assert path.name.startswith("events.out.tfevents.")
    assert version.file_version == "brain.Event:2"
    assert start.session_log.status == SessionLog.START and start.step == 11
    found = [(e.step, v.tag, v.simple_value) for e in rest for v in e.summary.value]
    assert (20, "quality/miou", 0.75) in found and (30, "quality/miou", 0.875) in found
    assert [entry for entry in found if entry[1] == "iou/pad"] == [(30, "iou/pad", 0.5)]
    assert "loss/validation" not in {tag for _, tag, _ in found}
    assert (20, "loss/training", 1.5) in found and (20, "iou/background", 0.25) in found
