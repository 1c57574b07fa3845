"""When a run is validated, against counting step by step."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.spec.cadence import Cadence
from training_api.spec.hyper_parameters import HyperParameters


def cadence(per_epoch: int = 4, **values: Any) -> Cadence:
    return Cadence.of(HyperParameters(**{"epochs": 6} | values), per_epoch)


def due(of: Cadence) -> list[int]:
    return [step for step in range(of.steps + 1) if of.is_due(step)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [4, 8, 12, 16, 20, 24]),
        ({"validate_every_epochs": 4}, [16, 24]),
        ({"validate_every_epochs": 0}, [24]),
        ({"validate_every_epochs": 0, "validate_every_steps": 10}, [10, 20, 24]),
        ({"validate_every_epochs": 2, "validate_every_steps": 6}, [6, 8, 12, 16, 18, 24]),
        ({"max_steps": 9}, [4, 8, 9]),
        ({"max_steps": 9, "validate_every_steps": 9}, [4, 8, 9]),
        ({"max_steps": 1000}, [4, 8, 12, 16, 20, 24]),
        ({"epochs": 1, "validate_every_steps": 1}, [1, 2, 3, 4]),
    ],
)
def test_the_last_step_is_always_validated(values: dict[str, Any], expected: list[int]) -> None:
    found = cadence(**values)
    assert due(found) == expected and found.validations == len(expected)
    for step in range(found.steps + 1):
        assert found.remaining(step) == sum(at > step for at in expected)


def test_epochs_are_whole_at_their_ends_and_decimal_within() -> None:
    found = cadence(3, max_steps=7)
    assert [found.epochs_done(step) for step in (0, 1, 3, 7)] == [0, 0.333333, 1, 2.333333]
    assert isinstance(found.epochs_done(3), int)
    assert (found.steps, found.epochs) == (7, 3)
