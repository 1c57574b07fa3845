"""What a command writes for people: plain text, tables, and a progress bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 400


def console(*, aside: bool = False) -> Console:
    """Standard output; standard error if `aside`, where standard output is for JSON.

    What is read by a program is not cut to the width of a screen.
    """
    stream = sys.stderr if aside else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=aside, highlight=False, markup=False, soft_wrap=True, width=width)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without borders; None shows as "–"."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        result.add_column(column, overflow="fold")
    for row in rows:
        result.add_row(*(Text("–" if cell is None else str(cell)) for cell in row))
    return result


def duration(seconds: float | None) -> str:
    """`1:02:03` or `2:03`; "–" for None."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def score(value: float | None) -> str:
    """A metric of 0..1 with four decimals; "–" if it is not defined."""
    return "–" if value is None else f"{value:.4f}"


def size(count: float | None) -> str:
    """Bytes as people read them."""
    if count is None:
        return "–"
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
