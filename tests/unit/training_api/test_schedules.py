"""Learning-rate schedules."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.schedules import Schedule
from training_api.spec.hyper_parameters import HyperParameters

ALL = ["poly", "cosine", "step", "three_step", "constant"]


def rates(schedule: str, steps: int = 200, per_epoch: int = 20, **more: Any) -> list[float]:
    values = HyperParameters(**{"schedule": schedule, "learning_rate": 0.1} | more)
    return [Schedule(values, steps, per_epoch).rate(step) for step in range(steps)]


@pytest.mark.parametrize("schedule", ["poly", "cosine"])
def test_the_rate_rises_then_falls_to_almost_nothing(schedule: str) -> None:
    found = rates(schedule)
    top = found.index(max(found))
    assert top == 20 and max(found) == 0.1
    assert found[:20] == sorted(found[:20]) and found[0] > 0
    assert found[20:] == sorted(found[20:], reverse=True)
    assert 0 < found[-1] < 0.002


def test_known_points() -> None:
    assert rates("cosine")[110] == pytest.approx(0.05)
    assert rates("poly")[110] == pytest.approx(0.1 * 0.5**0.9)
    assert set(rates("constant")) == {0.1}


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("per_epoch", [20, 500])
def test_the_rate_stays_after_the_end(schedule: str, per_epoch: int) -> None:
    values = HyperParameters(schedule=schedule, learning_rate=0.1)
    rates = [Schedule(values, 200, per_epoch).rate(step) for step in (199, 200, 201, 400)]
    assert len(set(rates)) == 1 and rates[0] > 0


def test_warm_up_may_be_longer_or_left_out() -> None:
    assert rates("cosine", warm_up=0)[0] == 0.1
    longer = rates("cosine", warm_up=0.5)
    assert longer.index(max(longer)) == 100


def test_step_drops_every_few_epochs() -> None:
    found = rates("step", drop_factor=0.5, drop_epochs=2, warm_up=0)
    assert [found[step] for step in (0, 39, 40, 79, 80)] == [0.1, 0.1, 0.05, 0.05, 0.025]


def test_three_step_drops_at_the_thirds_and_for_the_last_epoch() -> None:
    found = rates("three_step", steps=100, per_epoch=10)
    assert found[:10] == sorted(found[:10]) and found[10] == 0.1
    levels = [step for step in range(11, 100) if found[step] < found[step - 1]]
    assert levels == [30, 60, 90]
    assert found[99] == pytest.approx(0.0001)


def test_three_step_within_a_single_epoch_drops_at_its_thirds() -> None:
    found = rates("three_step", steps=9, per_epoch=9, warm_up=0)
    assert found[::3] == pytest.approx([0.1, 0.01, 0.001])


@pytest.mark.parametrize("schedule", ALL)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_runs_have_a_rate_above_zero(schedule: str, steps: int) -> None:
    assert all(rate > 0 for rate in rates(schedule, steps, 1))
