"""What a benchmark prints as its last line."""

from __future__ import annotations

import json
from typing import Any


def rate(name: str, ours: float, reference: float, goal: float) -> dict[str, Any]:
    """A goal for something of which more is better, such as images per second."""
    return _goal(name, ours, reference, ours / reference, goal)


def duration(name: str, ours: float, reference: float, goal: float) -> dict[str, Any]:
    """A goal for something of which less is better, in seconds."""
    return _goal(name, ours, reference, reference / ours, goal)


def _goal(name: str, ours: float, reference: float, ratio: float, goal: float) -> dict[str, Any]:
    return {"name": name, "ours": ours, "reference": reference, "ratio": ratio, "goal": goal}


def tell(name: str, quick: bool, goals: list[dict[str, Any]], **more: Any) -> None:
    """Print the result; `more` is kept for the records."""
    print(json.dumps({"name": name, "quick": quick, "goals": goals, **more}), flush=True)
