"""What people read: bars, lines, tables, numbers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from training_api.cli.outcome import lines
from training_api.cli.progress_bar import TrainingDisplay
from training_api.cli.screen import duration, score, size, table

JOB: dict[str, Any] = {
    "name": "panel [bold]",
    "state": "running",
    "waiting_for": None,
    "best": {"miou": 0.75, "epoch": 2},
    "progress": {
        "epoch": 3,
        "epochs": 4,
        "fraction": 0.6,
        "loss": 0.25,
        "images_per_second": 12.34,
        "remaining_seconds": 65.0,
    },
}
BYTES = {
    "bytes": 3_000_000,
    "total_bytes": 12_000_000,
    "fraction": 0.25,
    "remaining_seconds": 9.0,
}
STARTED = {
    "event": "started",
    "network": "unet",
    "engine": "torch",
    "device": "cpu",
    "precision": "float32",
    "training_images": 8,
    "validation_images": 2,
    "epochs": 4,
}
VALIDATION = {
    "event": "validation",
    "epoch": 3,
    "train_loss": 0.5,
    "validation_loss": 0.625,
    "miou": 0.75,
    "images_per_second": 9.96,
    "seconds": 61.4,
    "best": True,
}


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=140, markup=False)


def written(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_without_a_terminal_each_epoch_is_a_line() -> None:
    screen = console(terminal=False)
    with TrainingDisplay(screen) as display:
        waits = {"state": "queued", "waiting_for": "Its weights a:b are fetched first."}
        fetch = {"licence": "MIT", "progress": BYTES}
        display.view(JOB | {"state": "queued", "waiting_for": "The CPU is taken."})
        display.view(JOB | waits | {"fetch": fetch})
        display.view(JOB | waits | {"fetch": fetch | {"progress": BYTES | {"bytes": 4_000_000}}})
        display.view(JOB)
        display.view(JOB)
        for event in (STARTED, VALIDATION, {"event": "notice", "message": "Batch is 2."}):
            display.event(event)
        display.event({"event": "checkpoint", "epoch": 3})
    assert written(screen).splitlines() == [
        "panel [bold]: queued. The CPU is taken.",
        "panel [bold]: queued. Its weights a:b are fetched first. Licence: MIT.",
        "panel [bold]: running",
        "unet (torch) on cpu, float32: 8 images to learn from, 2 to measure with, 4 epochs",
        "epoch   3  loss 0.5000  validation loss 0.6250  mIoU 0.7500  10.0 images/s  1:01  "
        "best so far",
        "Batch is 2.",
    ]


def test_on_a_terminal_there_is_a_bar() -> None:
    screen = console(terminal=True)
    with TrainingDisplay(screen) as display:
        display.view(JOB)
    text = written(screen)
    for part in ("epoch 3 of 4", "60 %", "12.3 images/s", "best mIoU 0.7500", "1:05 left"):
        assert part in text


def test_the_bar_shows_the_weights_that_come_first() -> None:
    screen = console(terminal=True)
    with TrainingDisplay(screen) as display:
        display.view(JOB | {"state": "queued", "fetch": {"licence": "MIT", "progress": BYTES}})
    text = written(screen)
    assert "fetching  3 MB of 12 MB" in text and "25 %" in text and "0:09 left" in text


def test_a_bar_alone_says_nothing_per_epoch() -> None:
    screen = console(terminal=True)
    with TrainingDisplay(screen, lines=False) as display:
        display.event(VALIDATION)
    assert "epoch   3" not in written(screen)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (0.4, "0:00"), (59.6, "1:00"), (3723, "1:02:03")]
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_undefined_scores_and_sizes() -> None:
    assert (score(None), score(0.5)) == ("–", "0.5000")
    assert [size(n) for n in (None, 12, 2500, 3_200_000, 7.25e9)] == [
        "–",
        "12 B",
        "2 kB",
        "3 MB",
        "7.2 GB",
    ]


def test_a_table_shows_user_text_as_it_is() -> None:
    screen = console(terminal=False)
    screen.print(table(("name", "n"), [("[red]x[/red]", None)]))
    assert "[red]x[/red]" in written(screen) and "–" in written(screen)


def test_an_end_names_model_and_what_to_do_next() -> None:
    result: dict[str, Any] = {
        "iou": {"background": 0.9, "pad": None},
        "miou": 0.9,
        "name": "my job",
        "state": "cancelled",
        "seconds": 61.0,
        "message": "Stopped on request.",
        "model": "/data/models/m",
    }
    screen = console(terminal=False)
    for line in lines(result):
        screen.print(line)
    text = written(screen)
    assert "my job: cancelled after 1:01: Stopped on request." in text
    assert "segsmith resume 'my job'" in text and "/data/models/m" in text
    assert [line.split()[-1] for line in text.splitlines()[1:3]] == ["0.9000", "–"]
