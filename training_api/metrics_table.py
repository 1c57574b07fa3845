"""metrics.csv: one row per validation."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from training_api.spec.files import out_of_space, write_atomically

_FIGURES = (
    "epoch", "step", "train_loss", "validation_loss", "lr", "miou", "pixel_accuracy",
    "class_accuracy", "frequency_weighted_iou", "images_per_second", "seconds",
)  # fmt: skip
_PER_CLASS = ("iou", "precision", "recall", "dice", "support")


class MetricsTable:
    """Appends validation events as rows; undefined figures are empty cells."""

    def __init__(self, path: Path, classes: list[str]) -> None:
        self._path = path
        per_class = [f"{figure} {name}" for figure in _PER_CLASS for name in classes]
        self._header = [*_FIGURES, *per_class]

    def begin(self, after_epoch: float) -> None:
        """Start the table, or drop the rows behind `after_epoch`, which a resumed run repeats."""
        rows: list[list[str]] = []
        if self._path.exists():
            with self._path.open(newline="", encoding="utf-8") as file:
                rows = [row for row in csv.reader(file) if row][1:]
        whole = [row for row in rows if len(row) == len(self._header)]
        kept = [row for row in whole if float(row[0]) <= after_epoch]
        write_atomically(self._path, _text([self._header, *kept]))

    def add(self, event: dict[str, Any]) -> None:
        """Append one validation."""
        row = [event[figure] for figure in _FIGURES]
        row += [value for figure in _PER_CLASS for value in event[figure]]
        try:
            with self._path.open("ab") as file:
                file.write(_text([["" if value is None else value for value in row]]))
        except OSError as error:
            raise out_of_space(error, self._path) from error


def _text(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")
