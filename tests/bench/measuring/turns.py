"""Ours and a reference in turns, for machines whose speed changes while they are measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any


def in_turns(rounds: int, *measures: Callable[[], Any]) -> list[list[Any]]:
    """What each of `measures` found in each of the rounds, every second round in reverse order."""
    found: list[list[Any]] = [[] for _ in measures]
    for number in range(rounds):
        order = range(len(measures))
        for place in order if number % 2 == 0 else reversed(order):
            found[place].append(measures[place]())
    return found


def rates(name: str, ours: list[float], references: list[float], goal: float) -> dict[str, Any]:
    """A goal for rates that were measured in turns.

    `ours` and `reference` are medians; `ratio` is the median of the rounds' own ratios, which are
    kept: on a machine whose speed changes it is not the ratio of the medians.
    """
    ratios = [one / other for one, other in zip(ours, references, strict=True)]
    return {
        "name": name,
        "ours": statistics.median(ours),
        "reference": statistics.median(references),
        "ratio": statistics.median(ratios),
        "goal": goal,
        "ratios": ratios,
    }
