"""metrics.csv: readable names, empty cells for undefined figures, no repeated epochs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from training_api.metrics_table import MetricsTable

CLASSES = ["background", 'a, "b"']


def event(epoch: int) -> dict[str, Any]:
    figures = dict.fromkeys(
        ("train_loss", "validation_loss", "lr", "miou", "pixel_accuracy", "class_accuracy",
         "frequency_weighted_iou", "images_per_second", "seconds"), 0.5
    )  # fmt: skip
    per_class = {key: [0.25, None] for key in ("iou", "precision", "recall", "dice")}
    return figures | per_class | {"epoch": epoch, "step": 10 * epoch, "support": [7, 0]}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_per_validation(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path / "metrics.csv", CLASSES)
    table.begin(0)
    table.add(event(1) | {"validation_loss": None})
    (row,) = rows(tmp_path / "metrics.csv")
    assert (row["epoch"], row["step"], row["miou"], row["validation_loss"]) == (
        "1",
        "10",
        "0.5",
        "",
    )
    assert row['iou a, "b"'] == "" and row["iou background"] == "0.25"
    assert row["support background"] == "7"


def test_a_resumed_run_replaces_what_it_repeats(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    table = MetricsTable(path, CLASSES)
    table.begin(0)
    for epoch in (1, 2, 3):
        table.add(event(epoch))
    path.write_bytes(path.read_bytes() + b"4,40,0.")  # torn by a kill

    path.write_bytes(path.read_bytes() + b"\n1.5,15,0.5\n")  # a row of another table
    again = MetricsTable(path, CLASSES)
    again.begin(2)
    again.add(event(3))

    assert [row["epoch"] for row in rows(path)] == ["1", "2", "3"]
