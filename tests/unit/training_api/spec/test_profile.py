from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.runners.fake_profile import pretended_profile
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.profile import Profile, Step, estimate


def profile(**changes: Any) -> Profile:
    return pretended_profile().model_copy(update=changes)


def test_an_epoch_is_its_steps_and_its_validation() -> None:
    found = estimate(profile(), HyperParameters(epochs=10))
    assert found.steps_per_epoch == 3
    assert found.epoch_seconds == pytest.approx(3 * 2 + 5 * 0.2)
    assert found.total_seconds == pytest.approx(3 + 10 * 7 + 0.5 + 4)


def test_rare_validations_cost_less() -> None:
    found = estimate(profile(), HyperParameters(epochs=10, validate_every_epochs=5))
    assert found.total_seconds == pytest.approx(3 + 10 * 6 + 2 * 1 + 0.5 + 4)


def test_a_limit_of_steps_or_minutes_counts() -> None:
    few = estimate(profile(), HyperParameters(epochs=10, max_steps=4))
    assert few.total_seconds == pytest.approx(3 + 4 * 2 + 2 * 1 + 0.5 + 4)
    short = estimate(profile(), HyperParameters(epochs=100, max_minutes=1))
    assert short.total_seconds == pytest.approx(3 + 60 + 4)


def test_added_up_batches_are_one_step() -> None:
    found = estimate(profile(step_images=8, step_seconds=4.0), HyperParameters(epochs=1))
    assert found.steps_per_epoch == 2
    assert profile(step_images=8, step_seconds=4.0).images_per_second == 2


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = profile(advice=Step(batch_size=2, accumulation=2))
    written.save(tmp_path / "profile.json")
    assert Profile.load(tmp_path / "profile.json") == written
