"""How fast a run goes, and how long it will still take."""

from __future__ import annotations

import statistics
from collections import deque

_RECENT = 50


class Pace:
    """Durations of recent steps and validations. Medians, so that a stall does not mislead."""

    def __init__(self) -> None:
        self._steps: deque[float] = deque(maxlen=_RECENT)
        self._validations: deque[float] = deque(maxlen=9)
        self._warm = False

    def add_step(self, seconds: float) -> None:
        """A step's whole duration. The first is left out: it compiles and allocates."""
        if self._warm:
            self._steps.append(seconds)
        self._warm = True

    def add_validation(self, seconds: float) -> None:
        """A validation's duration, with everything that an epoch's end brings."""
        self._validations.append(seconds)

    @property
    def step_seconds(self) -> float | None:
        """A typical step's duration; None before the second step."""
        return statistics.median(self._steps) if self._steps else None

    def remaining(self, steps: int, validations: int, validation_steps: float) -> float | None:
        """Seconds for what is left; None while unknown.

        Until a validation was timed it counts as `validation_steps` training steps.
        """
        step = self.step_seconds
        if step is None:
            return None
        validation = (
            statistics.median(self._validations) if self._validations else validation_steps * step
        )
        return steps * step + validations * validation
