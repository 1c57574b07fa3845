"""How far a run will come in the minutes that it may take."""

from __future__ import annotations

import math

from training_api.progress import Progress

_FIRST = 0.01
"""Share of the limit after which an attempt asks for the first time."""
_EVERY = 0.05
"""Share of the limit after which it asks again."""
_SURELY = 0.95
"""The limit counts as what will end the run if less than this share of the planned rest fits."""


class Forecast:
    """When to ask, and the answer: `Progress.expected_steps`.

    `seconds` is the time that earlier attempts took; what they expected stands until the pace of
    this one is known. A limit of 0 minutes is none, and nothing is ever due.
    """

    def __init__(self, minutes: float, seconds: float) -> None:
        self._limit = 60 * minutes
        self._due = seconds + _FIRST * self._limit if minutes else math.inf

    def is_due(self, seconds: float) -> bool:
        """True from when it is time to ask, until `update` is called. In seconds of the run."""
        return seconds >= self._due

    def update(self, progress: Progress, steps: int, planned: float) -> None:
        """Expect as many of the planned `steps` as there is time for.

        `planned` is what those that are left would take, in seconds, with their validations.
        """
        part = _EVERY * self._limit
        self._due = part * (math.floor(progress.seconds / part) + 1)
        left = max(0.0, self._limit - progress.seconds)
        progress.expected_steps = None
        if left < _SURELY * planned:
            rest = (steps - progress.step) * left / planned
            progress.expected_steps = progress.step + math.ceil(rest)
