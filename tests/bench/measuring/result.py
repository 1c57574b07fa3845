"""What a benchmark prints as its last line."""

from __future__ import annotations

import json
import statistics
from typing import Any


def rate(name: str, ours: float, reference: float, goal: float) -> dict[str, Any]:
    """A goal for something of which more is better, such as images per second."""
    return _goal(name, ours, reference, ours / reference, goal)


def rates(name: str, ours: list[float], references: list[float], goal: float) -> dict[str, Any]:
    """A goal for rates that were measured in turns.

    `ours` and `reference` are medians; `ratio` is the median of the rounds' own ratios, which are
    kept: on a machine whose speed changes it is not the ratio of the medians.
    """
    ratios = [one / other for one, other in zip(ours, references, strict=True)]
    medians = (statistics.median(column) for column in (ours, references, ratios))
    return _goal(name, *medians, goal) | {"ratios": ratios}


def duration(name: str, ours: float, reference: float, goal: float) -> dict[str, Any]:
    """A goal for something of which less is better, in seconds."""
    return _goal(name, ours, reference, reference / ours, goal)


def _goal(name: str, ours: float, reference: float, ratio: float, goal: float) -> dict[str, Any]:
    return {"name": name, "ours": ours, "reference": reference, "ratio": ratio, "goal": goal}


def tell(name: str, quick: bool, goals: list[dict[str, Any]], **more: Any) -> None:
    """Print the result; `more` is kept for the records."""
    print(json.dumps({"name": name, "quick": quick, "goals": goals, **more}), flush=True)
