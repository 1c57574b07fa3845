"""Ours and a reference in turns, for machines whose speed changes while they are measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any


def in_turns(rounds: int, *measures: Callable[[], Any]) -> list[list[Any]]:
    """What each of `measures` found in each of the rounds, all called once per round."""
    found = [[measure() for measure in measures] for _ in range(rounds)]
    return [list(column) for column in zip(*found, strict=True)]


def rates(name: str, ours: list[float], references: list[float], goal: float) -> dict[str, Any]:
    """A goal for rates that were measured in turns: medians, and the median ratio of a round."""
    ratios = [one / other for one, other in zip(ours, references, strict=True)]
    return {
        "name": name,
        "ours": statistics.median(ours),
        "reference": statistics.median(references),
        "ratio": statistics.median(ratios),
        "goal": goal,
        "ratios": ratios,
    }
