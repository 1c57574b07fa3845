"""The losses as their papers write them: plain NumPy in float64, one pixel or class at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.losses.class_weights import class_weights

Array = NDArray[Any]
SHARES = (0.9, 0.08, 0.02)
NONE = np.ones(len(SHARES))


def case(seed: int = 0, ignored: float = 0.3, spread: float = 1.0) -> tuple[Array, Array]:
    """Logits 2×3×6×5 and labels 2×6×5 of three classes, some of them 255."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(2, 3, 6, 5)) * spread
    labels = random.integers(0, 3, (2, 6, 5)).astype(np.uint8)
    labels[random.random(labels.shape) < ignored] = 255
    return logits, labels


def softmax(logits: Array) -> Array:
    """Over classes, axis 1."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def cross_entropy(logits: Array, labels: Array, weights: Array, smoothing: float = 0) -> float:
    """Of targets that are `smoothing` / C everywhere and 1 - `smoothing` more at the truth."""
    chances = softmax(logits)
    summed = total = 0.0
    for n, y, x in np.argwhere(labels != 255):
        target = np.full(len(weights), smoothing / len(weights))
        target[labels[n, y, x]] += 1 - smoothing
        summed -= float((target * weights * np.log(chances[n, :, y, x])).sum())
        total += weights[labels[n, y, x]]
    return summed / total if total else 0.0


def dice(logits: Array, labels: Array) -> float:
    """1 - mean Dice of the classes that are there."""
    chances = softmax(logits)
    scores = []
    for index in range(logits.shape[1]):
        truth = labels == index
        if truth.any():
            chance = chances[:, index] * (labels != 255)
            scores.append((2 * chance[truth].sum() + 1) / (chance.sum() + truth.sum() + 1))
    return 1 - float(np.mean(scores)) if scores else 0.0


def focal(logits: Array, labels: Array, weights: Array, gamma: float = 2) -> float:
    """Equation 5 of Lin et al., 2017, over all pixels."""
    chances = softmax(logits)
    summed = total = 0.0
    for n, y, x in np.argwhere(labels != 255):
        truth = labels[n, y, x]
        chance = chances[n, truth, y, x]
        summed -= weights[truth] * (1 - chance) ** gamma * np.log(chance)
        total += weights[truth]
    return float(summed / total) if total else 0.0


def lovasz(logits: Array, labels: Array) -> float:
    """Algorithm 1 and equation 11 of Berman et al., 2018: the sums by definition."""
    chances = softmax(logits).transpose(1, 0, 2, 3)
    valid = labels != 255
    losses = []
    for index in range(len(chances)):
        truth = labels[valid] == index
        if not truth.any():
            continue
        errors = np.abs(truth - chances[index][valid])
        order = np.argsort(-errors)
        before, value = 0.0, 0.0
        for count in range(1, len(order) + 1):
            wrong = np.isin(np.arange(len(order)), order[:count])
            jaccard = 1 - (truth & ~wrong).sum() / (truth | wrong).sum()
            value += errors[order[count - 1]] * (jaccard - before)
            before = jaccard
        losses.append(value)
    return float(np.mean(losses)) if losses else 0.0


def plain(name: str, logits: Array, labels: Array) -> float:
    """A loss with its own default options."""
    if name == "cross_entropy_dice":
        weights = np.asarray(class_weights("root_inverse", SHARES))
        return cross_entropy(logits, labels, weights) + dice(logits, labels)
    values = {
        "cross_entropy": lambda: cross_entropy(logits, labels, NONE),
        "dice": lambda: dice(logits, labels),
        "focal": lambda: focal(logits, labels, NONE),
        "lovasz": lambda: lovasz(logits, labels),
        "combined": lambda: cross_entropy(logits, labels, NONE) + lovasz(logits, labels),
    }
    return values[name]()


def slope(name: str, logits: Array, labels: Array, index: int, step: float = 1e-5) -> float:
    """The derivative of `plain` by one logit, by finite differences."""
    shift = np.zeros(logits.size)
    shift[index] = step
    shift = shift.reshape(logits.shape)
    rise = plain(name, logits + shift, labels) - plain(name, logits - shift, labels)
    return rise / (2 * step)


class Listed:
    """A loss that gives the listed values one after another, whatever it is shown."""

    def __init__(self, values: list[float]) -> None:
        self.values = values
        self.seen: list[tuple[int, ...]] = []

    def build(self, engine: Any, *shares: Any) -> Any:
        """See Loss.build."""

        def criterion(logits: Any, labels: Any) -> Any:
            self.seen.append(tuple(logits.shape))
            return logits.sum() * 0 + self.values[len(self.seen) - 1]

        return criterion
