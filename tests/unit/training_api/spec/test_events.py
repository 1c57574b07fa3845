"""Events: offsets, torn lines, and resumed epochs."""

from __future__ import annotations

from pathlib import Path

import pytest

from training_api.spec.events import EventWriter, read_events, validations


def test_reading_goes_on_from_any_offset(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path, 1)
    writer.write("progress", step=1)
    [(offset, _)] = read_events(path)
    writer.write("progress", step=2)
    assert [event["step"] for _, event in read_events(path, offset)] == [2]
    assert [event["step"] for _, event in read_events(path)] == [1, 2]


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventWriter(path, 1).write("progress", step=1)
    with path.open("ab") as file:
        file.write(b'{"event": "progr')
    assert len(list(read_events(path))) == 1
    EventWriter(path, 2).write("progress", step=2)
    assert [event["step"] for _, event in read_events(path)] == [1, 2]


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        EventWriter(tmp_path / "events.jsonl", 1).write("progress", loss=float("nan"))


def test_a_resumed_attempt_replaces_the_validations_behind_its_start() -> None:
    events = [
        {"event": "started", "first_epoch": 1, "after_epoch": 0},
        *({"event": "validation", "epoch": at, "miou": 0.1} for at in (0.5, 1, 1.5, 2)),
        {"event": "started", "first_epoch": 2, "after_epoch": 1},
        {"event": "validation", "epoch": 1.5, "miou": 0.9},
    ]
    assert [(event["epoch"], event["miou"]) for event in validations(events)] == [
        (0.5, 0.1),
        (1, 0.1),
        (1.5, 0.9),
    ]


def test_a_resumed_attempt_replaces_the_epochs_that_it_repeats() -> None:
    events = [
        {"event": "started", "first_epoch": 1},
        *({"event": "validation", "epoch": epoch, "miou": 0.1} for epoch in (1, 2, 3)),
        {"event": "started", "first_epoch": 3},
        {"event": "validation", "epoch": 3, "miou": 0.9},
    ]
    assert [(event["epoch"], event["miou"]) for event in validations(events)] == [
        (1, 0.1),
        (2, 0.1),
        (3, 0.9),
    ]
