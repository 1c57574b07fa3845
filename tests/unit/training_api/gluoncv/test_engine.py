"""The gluoncv engine: learning, clipping, exact resume, weights files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import batch, make_engine
from training_api.spec.errors import Corrupt


def weights_of(engine: Any) -> dict[str, np.ndarray]:
    return {k: v for k, v in engine.state()[0].items() if k.startswith("model/")}


def test_fast_scnn_learns() -> None:
    engine = make_engine("fastscnn")
    for step in range(60):
        engine.train_step(*batch(step, 4), 0.05)
    images, labels = batch(1000, 4)
    _, masks = engine.evaluate(images, labels)
    valid = labels != 255
    overlap = ((masks == 1) & (labels == 1) & valid).sum()
    union = (((masks == 1) | (labels == 1)) & valid).sum()
    assert overlap / union > 0.6


@pytest.mark.parametrize("clip", [0, 5.0, 1e-3])
def test_gradients_are_clipped_to_the_norm_of_all_together(clip: float) -> None:
    engine = make_engine("fastscnn", momentum=0, weight_decay=0, gradient_clip=clip)
    before = weights_of(engine)
    engine.train_step(*batch(0), 1.0)
    statistics = ("running_mean", "running_var")
    moved = [
        after - before[name]
        for name, after in weights_of(engine).items()
        if not name.endswith(statistics)
    ]
    norm = np.sqrt(sum((part.astype(float) ** 2).sum() for part in moved))
    assert norm > 0.01 if clip != 1e-3 else 5e-4 < norm < 2e-2


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_a_restored_run_goes_on_as_the_unbroken_one(optimizer: str) -> None:
    """State is equal bit for bit; MXNet sums gradients in any order, so later steps are near."""
    unbroken = make_engine("fastscnn", optimizer=optimizer)
    for step in range(2):
        unbroken.train_step(*batch(step), 0.001)
    restored = make_engine("fastscnn", optimizer=optimizer, seed=0)
    restored.restore(*unbroken.state())
    tensors, values = unbroken.state()
    assert values == restored.state()[1]
    for key, value in restored.state()[0].items():
        assert np.array_equal(value, tensors[key]), key
    assert unbroken.train_step(*batch(2), 0.001) == restored.train_step(*batch(2), 0.001)
    expected = unbroken.state()[0]
    for key, value in restored.state()[0].items():
        if key.startswith("model/"):
            assert np.allclose(value, expected[key], atol=2e-3), key


def test_the_seed_decides() -> None:
    same, other = make_engine("fastscnn", seed=3), make_engine("fastscnn", seed=4)
    again = make_engine("fastscnn", seed=3)
    first = weights_of(same)
    assert all(np.array_equal(first[key], value) for key, value in weights_of(again).items())
    assert any(not np.array_equal(first[key], value) for key, value in weights_of(other).items())


def test_weights_go_through_a_file(tmp_path: Path) -> None:
    engine = make_engine("fastscnn")
    engine.train_step(*batch(0), 0.05)
    name = engine.save_weights(tmp_path)
    loaded = make_engine("fastscnn", seed=5)
    loaded.load_weights(tmp_path / name)
    image = batch(1)[0][0]
    assert np.array_equal(engine.predict(image), loaded.predict(image))
    with pytest.raises(Corrupt, match=r"model_best\.params"):
        make_engine("fcn").load_weights(tmp_path / name)


def test_a_loss_that_is_not_finite_changes_nothing() -> None:
    engine = make_engine("fastscnn")
    engine.train_step(*batch(0), 1e30)
    before = weights_of(engine)
    losses = [engine.train_step(*batch(step), 0.01) for step in range(1, 3)]
    assert not np.isfinite(losses).any()
    after = weights_of(engine)
    assert all(np.array_equal(before[key], after[key], equal_nan=True) for key in before)


def test_a_checkpoint_of_another_network_is_refused() -> None:
    with pytest.raises(Corrupt, match="does not fit the network at"):
        make_engine("fcn").restore(*make_engine("fastscnn").state())
