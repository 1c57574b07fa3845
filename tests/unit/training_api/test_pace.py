"""Time left: typical steps, validations included, stalls ignored."""

from __future__ import annotations

import pytest

from training_api.pace import Pace


def test_unknown_until_two_steps_were_timed() -> None:
    pace = Pace()
    assert pace.remaining(10, 1, 1) is None
    pace.add_step(30)  # the first compiles and allocates
    assert pace.remaining(10, 1, 1) is None
    pace.add_step(2)
    assert pace.remaining(10, 2, 3) == pytest.approx(10 * 2 + 2 * 3 * 2)


def test_validations_count_with_their_own_duration_and_stalls_do_not() -> None:
    pace = Pace()
    for seconds in (9, 1, 1, 1, 60, 1, 1):
        pace.add_step(seconds)
    for seconds in (5, 50, 5):
        pace.add_validation(seconds)
    assert pace.remaining(20, 2, 1) == pytest.approx(20 * 1 + 2 * 5)


def test_a_lasting_change_is_followed() -> None:
    pace = Pace()
    for seconds in [1.0] * 100 + [3.0] * 40:
        pace.add_step(seconds)
    assert pace.step_seconds == 3
