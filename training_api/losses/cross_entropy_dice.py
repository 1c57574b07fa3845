"""Cross entropy plus Dice: keeps small classes from drowning in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from training_api.losses.base import Loss
from training_api.losses.class_weights import ClassWeighting, class_weights, weighting_field
from training_api.losses.pixels import gluon_cross_entropy, gluon_valid, torch_weighted_mean
from training_api.spec.closed import Closed
from training_api.spec.dataset import IGNORE
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """How much each class and the overlap count."""

    class_weights: ClassWeighting = weighting_field("root_inverse")
    dice_weight: float = Field(
        1.0,
        title="Dice weight",
        description="Weight of the overlap term beside cross entropy.",
        ge=0,
        le=100,
    )


class CrossEntropyDice(Loss):
    """Cross entropy + weight × (1 - mean soft Dice over the classes present in the batch).

    Both leave ignored pixels out. Dice of a class = (2 Σ p·t + 1) / (Σ p + Σ t + 1) over all pixels
    of the batch, p its probability, t its truth.

    Milletari, Navab, Ahmadi, V-Net, 2016, with softmax probabilities.
    """

    name = "cross_entropy_dice"
    title = "Cross entropy + Dice"
    summary = "Adds the overlap of each class, so that small classes count as much as large ones."
    engines = frozenset(EngineName)
    Options = Options

    def build(self, engine: EngineName, shares: Sequence[float]) -> Any:
        """See Loss.build."""
        weights = class_weights(self.options.class_weights, shares)
        criterion = _torch if engine is EngineName.torch else _gluon
        return lambda logits, labels: criterion(logits, labels, weights, self.options.dice_weight)


def _torch(logits: Any, labels: Any, weights: list[float], dice_weight: float) -> Any:
    import torch
    from torch.nn import functional

    valid = labels != IGNORE
    log_probabilities = functional.log_softmax(logits, dim=1)
    probabilities = log_probabilities.exp()
    truth = labels[:, None] == torch.arange(len(weights), device=labels.device)[:, None, None]
    support = truth.sum((0, 2, 3))
    overlap = (probabilities * truth).sum((0, 2, 3))
    mass = (probabilities * valid[:, None]).sum((0, 2, 3))
    dice = (2 * overlap + 1) / (mass + support + 1)
    present = support > 0
    mean_dice = (dice * present).sum() / present.sum().clamp(min=1)
    cross_entropy = torch_weighted_mean(log_probabilities, labels, weights)
    return cross_entropy + dice_weight * (1 - mean_dice)


def _gluon(logits: Any, labels: Any, weights: list[float], dice_weight: float) -> Any:
    from mxnet import nd

    valid, truth = gluon_valid(labels)
    mask = valid.expand_dims(1)
    probabilities = nd.broadcast_mul(nd.softmax(logits, axis=1), mask)
    one_hot = nd.broadcast_mul(nd.one_hot(truth, len(weights)).transpose((0, 3, 1, 2)), mask)
    overlap = (probabilities * one_hot).sum((0, 2, 3))
    support = one_hot.sum((0, 2, 3))
    dice = (2 * overlap + 1) / (probabilities.sum((0, 2, 3)) + support + 1)
    present = support > 0
    mean_dice = (dice * present).sum() / nd.maximum(present.sum(), 1)
    return gluon_cross_entropy(logits, labels, weights) + dice_weight * (1 - mean_dice)


LOSS = CrossEntropyDice
