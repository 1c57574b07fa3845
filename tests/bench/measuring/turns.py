"""Ours and a reference in turns, for machines whose speed changes while they are measured."""

from __future__ import annotations

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
