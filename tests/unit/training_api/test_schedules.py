"""Learning-rate schedules."""

from __future__ import annotations

import pytest

from training_api.schedules import learning_rate


@pytest.mark.parametrize("schedule", ["poly", "cosine"])
def test_the_rate_rises_then_falls_to_almost_nothing(schedule: str) -> None:
    rates = [learning_rate(schedule, 0.1, step, 200) for step in range(200)]
    top = rates.index(max(rates))
    assert top == 20 and max(rates) == 0.1
    assert rates[:20] == sorted(rates[:20]) and rates[0] > 0
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert 0 < rates[-1] < 0.002


def test_known_points() -> None:
    assert learning_rate("cosine", 1.0, 110, 200) == pytest.approx(0.5)
    assert learning_rate("poly", 1.0, 110, 200) == pytest.approx(0.5**0.9)
    assert {learning_rate("constant", 0.3, step, 50) for step in range(50)} == {0.3}


@pytest.mark.parametrize("schedule", ["poly", "cosine", "constant"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_runs_have_a_rate_above_zero(schedule: str, steps: int) -> None:
    assert all(learning_rate(schedule, 0.1, step, steps) > 0 for step in range(steps))
