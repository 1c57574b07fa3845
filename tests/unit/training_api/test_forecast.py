"""How far a run comes in its minutes."""

from __future__ import annotations

import pytest

from training_api.forecast import Forecast
from training_api.progress import Progress


@pytest.mark.parametrize(
    ("seconds", "planned", "expected"),
    [
        (30, 60.0, 15),  # half of the ten steps that are left
        (30, 599.0, 11),  # the step in which the time runs out is one of them
        (60, 600.0, 10),
        (75, 600.0, 10),
        (30, 31.0, None),  # within what such forecasts are worth
        (30, 10.0, None),
    ],
)
def test_as_many_steps_as_there_is_time_for(
    seconds: float, planned: float, expected: int | None
) -> None:
    progress = Progress(step=10, seconds=seconds, expected_steps=13)
    Forecast(1, 0).update(progress, 20, planned)
    assert progress.expected_steps == expected


def asked_at(forecast: Forecast, moments: list[float]) -> list[float]:
    """The moments at which it was asked."""
    found = []
    for moment in moments:
        if forecast.is_due(moment):
            found.append(moment)
            forecast.update(Progress(step=1, seconds=moment), 100, 1000.0)
    return found


def test_it_is_asked_soon_and_then_twenty_times() -> None:
    every = [float(second) for second in range(121)]
    assert asked_at(Forecast(2, 0), every) == [2.0, *range(6, 121, 6)]
    assert asked_at(Forecast(0, 0), every) == []


def test_a_part_that_ends_within_a_validation_is_asked_for_after_it() -> None:
    steps_end = [float(at + second) for at in range(0, 600, 30) for second in range(1, 6)]
    found = asked_at(Forecast(10, 0), steps_end)
    assert found[0] == 31.0 and len(found) == 19


def test_it_stays_due_until_it_is_answered() -> None:
    forecast = Forecast(1, 30)
    assert not forecast.is_due(30.5)
    assert forecast.is_due(30.6) and forecast.is_due(34)
    forecast.update(Progress(step=1, seconds=34), 100, 1000.0)
    assert not forecast.is_due(35.9) and forecast.is_due(36)
