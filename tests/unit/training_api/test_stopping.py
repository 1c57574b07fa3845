"""Why a run ends."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.progress import Progress
from training_api.spec.cadence import Cadence
from training_api.spec.hyper_parameters import HyperParameters
from training_api.stopping import Stopping


def stopping(**given: Any) -> Stopping:
    values = HyperParameters(**{"epochs": 5} | given)
    return Stopping(values, Cadence.of(values, 4))


def ends_after(rule: Stopping, scores: list[float | None]) -> int | None:
    """The number of the validation after which the run ends."""
    progress = Progress(step=1)
    for number, score in enumerate(scores, start=1):
        rule.note(progress, score)
        if rule.reason(progress) is not None:
            return number
    return None


@pytest.mark.parametrize(
    ("patience", "delta", "scores", "end"),
    [
        (0, 0, [0.5] * 20, None),
        (2, 0, [0.1, 0.2, 0.2, 0.2], 4),
        (2, 0, [0.1, 0.2, 0.1, 0.3, 0.1, 0.2], 6),
        (2, 0.05, [0.1, 0.2, 0.22, 0.24], 4),
        (2, 0.05, [0.1, 0.2, 0.22, 0.26, 0.27, 0.3], 6),
        (1, 0, [None, None], 1),
        (2, 0, [0.0, None, None], 3),
        (3, 0, [0.1, 0.2, 0.3, 0.4], None),
    ],
)
def test_patience_counts_validations_without_improvement(
    patience: int, delta: float, scores: list[float | None], end: int | None
) -> None:
    rule = stopping(early_stopping_patience=patience, early_stopping_delta=delta)
    assert ends_after(rule, scores) == end


def test_the_sentence_names_what_was_compared() -> None:
    rule = stopping(early_stopping_patience=3, best_by="pad")
    sentence = rule.reason(Progress(step=1, stale=3))
    assert sentence == "Early stopping: the last 3 validations brought no better IoU of pad."


def test_the_last_epoch_needs_no_reason_and_fewer_steps_do() -> None:
    assert stopping().reason(Progress(step=19)) is None
    assert stopping().reason(Progress(step=20)) == ""
    assert stopping(max_steps=20).reason(Progress(step=20)) == ""
    assert stopping(max_steps=7).reason(Progress(step=6)) is None
    assert stopping(max_steps=7).reason(Progress(step=7)) == "Stop after steps: 7 steps are done."


def test_minutes_count_over_all_attempts() -> None:
    rule = stopping(max_minutes=0.5)
    assert rule.minutes_left(Progress(seconds=15)) == 0.25
    assert rule.reason(Progress(step=3, seconds=29.9)) is None
    assert rule.reason(Progress(step=0, seconds=31)) is None, "there is nothing to measure yet"
    assert "0.5 minutes" in (rule.reason(Progress(step=3, seconds=31)) or "")
    assert stopping().minutes_left(Progress(seconds=1e9)) is None
