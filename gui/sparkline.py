"""A curve in the size of a word."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 96, 24, 2


def sparkline(values: Sequence[float | None], low: float = 0.0, high: float = 1.0) -> str:
    """SVG `points` of the defined values in a 96×24 box; '' for fewer than two."""
    defined = [(index, value) for index, value in enumerate(values) if value is not None]
    if len(defined) < 2:
        return ""
    last = max(len(values) - 1, 1)
    points = []
    for index, value in defined:
        inside = min(max((value - low) / (high - low), 0.0), 1.0)
        x = MARGIN + index / last * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - inside * (HEIGHT - 2 * MARGIN)
        points.append(f"{x:.1f},{y:.1f}")
    return " ".join(points)
