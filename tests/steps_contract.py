"""What holds for the steps of every engine: passes that add up, averaged weights, exact resume.

A test module of an engine's environment derives a class of its own; pytest collects it there.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from training_api.losses import loss_for

SIZE = (64, 96)


class FaultyLoss:
    """Cross entropy that is not a number at one call, counted from when `countdown` is set."""

    def __init__(self) -> None:
        self.countdown = 0

    def build(self, *arguments: Any) -> Any:
        """See Loss."""
        sound = loss_for("cross_entropy", {}).build(*arguments)

        def loss(logits: Any, truth: Any) -> Any:
            self.countdown -= 1
            return sound(logits, truth) * (math.nan if self.countdown == 0 else 1.0)

        return loss


def batch(step: int, count: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Bright rectangles on dark noise; the rectangle is class 1, and no pixel is ignored."""
    random = np.random.default_rng(step)
    images = random.integers(0, 80, (count, *SIZE, 3), dtype=np.uint8)
    labels = np.zeros((count, *SIZE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        top, left = random.integers(0, 32, 2)
        image[top : top + 24, left : left + 40] += 150
        label[top : top + 24, left : left + 40] = 1
    return images, labels


class StepsContract:
    """`head` is a weight of the network's head, `statistic` a running one of a batch norm."""

    head: str
    statistic: str
    nearness: float  # of weights after a further step, that differ by the order of sums alone
    exactness: float = 1e-5  # of losses and weights of `plain` whose sums are made in other parts

    def make(self, **values: Any) -> Any:
        """An engine with one output and batch norm; `values` are hyper-parameters or `loss`."""
        raise NotImplementedError

    def plain(self, **values: Any) -> Any:
        """An engine without batch norm, so that its gradient is the mean over a step's images."""
        raise NotImplementedError

    def test_accumulated_batches_are_one_larger_batch(self) -> None:
        whole, parts = self.plain(batch_size=6), self.plain(batch_size=2, accumulation=3)
        start = _weights(parts)
        for step in range(3):
            losses = [engine.train_step(*batch(step, 6), 0.1) for engine in (whole, parts)]
            assert losses[0] == pytest.approx(losses[1], rel=self.exactness)
        for name, value in _weights(parts).items():
            assert np.allclose(value, _weights(whole)[name], atol=self.exactness), name
            assert np.abs(value - start[name]).max() > 1e-3, name

    def test_the_loss_is_that_of_all_parts(self) -> None:
        engine = self.plain(batch_size=1, accumulation=2)
        images, labels = batch(0, 2)
        alone = [engine.evaluate(images[n : n + 1], labels[n : n + 1])[0] for n in (0, 1)]
        assert engine.train_step(images, labels, 0.0) == pytest.approx(
            np.mean(alone), rel=self.exactness
        )

    def test_one_part_that_is_not_finite_spoils_the_step_and_nothing_else(self) -> None:
        loss = FaultyLoss()
        engine = self.make(batch_size=1, accumulation=3, ema=0.5, loss=loss)
        engine.train_step(*batch(0, 3), 0.01)
        tensors, values = engine.state()
        loss.countdown = 2
        assert not np.isfinite(engine.train_step(*batch(1, 3), 0.01))
        after = engine.state()
        assert loss.countdown == -1 and after[1] == values
        assert _same(tensors, after[0])
        assert np.isfinite(engine.train_step(*batch(2, 3), 0.01))

    def test_the_average_follows_the_weights_and_is_what_counts(self, tmp_path: Path) -> None:
        engine = self.make(ema=0.6)
        expected = {
            name: engine.state()[0][f"model/{name}"].astype(np.float64)
            for name in (self.head, self.statistic)
        }
        for step in range(5):
            engine.train_step(*batch(step), 0.01)
            decay = min(0.6, (1 + step) / (10 + step))
            tensors = engine.state()[0]
            for name, value in expected.items():
                expected[name] = decay * value + (1 - decay) * tensors[f"model/{name}"]
        for name, value in expected.items():
            assert np.allclose(tensors[f"average/{name}"], value, atol=1e-5), name
            assert not np.allclose(tensors[f"model/{name}"], value, atol=1e-4), name
        follower = self.make(seed=3)
        follower.load_weights(tmp_path / engine.save_weights(tmp_path))
        published = _weights(follower)[f"model/{self.head}"]
        assert np.array_equal(published, tensors[f"average/{self.head}"])
        images, labels = batch(9)
        assert np.array_equal(follower.predict(images[0]), engine.predict(images[0]))
        assert follower.evaluate(images, labels)[0] == engine.evaluate(images, labels)[0]

    def test_replaced_weights_begin_the_average_anew(self, tmp_path: Path) -> None:
        other, engine = self.make(seed=3), self.make(ema=0.9)
        engine.train_step(*batch(0), 0.01)
        engine.load_weights(tmp_path / other.save_weights(tmp_path))
        tensors, values = engine.state()
        average = {n: v for n, v in tensors.items() if n.startswith("average/")}
        assert average and values["averaged_steps"] == 0
        assert all(
            np.array_equal(v, tensors[n.replace("average/", "model/", 1)])
            for n, v in average.items()
        )

    @pytest.mark.parametrize(
        "more",
        [{"ema": 0.9}, {"batch_size": 1, "accumulation": 2, "ema": 0.99, "optimizer": "adamw"}],
    )
    def test_a_restored_run_goes_on(self, more: dict[str, Any]) -> None:
        unbroken = self.make(**more)
        for step in range(2):
            unbroken.train_step(*batch(step), 0.01)
        tensors, values = unbroken.state()
        restored = self.make(**more)
        restored.train_step(*batch(5), 0.01)
        restored.restore(tensors, values)
        assert _same(restored.state()[0], tensors) and restored.state()[1] == values
        losses = [engine.train_step(*batch(2), 0.01) for engine in (unbroken, restored)]
        assert losses[0] == losses[1]
        expected, found = unbroken.state(), restored.state()
        assert expected[1] == found[1]
        for name, value in found[0].items():
            if name.startswith(("model/", "average/")):
                assert np.allclose(value, expected[0][name], rtol=0, atol=self.nearness), name


def _weights(engine: Any) -> dict[str, NDArray[Any]]:
    return {k: v for k, v in engine.state()[0].items() if k.startswith("model/")}


def _same(first: dict[str, NDArray[Any]], second: dict[str, NDArray[Any]]) -> bool:
    equal = (np.array_equal(value, second[name]) for name, value in first.items())
    return first.keys() == second.keys() and all(equal)
