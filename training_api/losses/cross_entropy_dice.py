"""Cross entropy plus Dice: keeps small classes from drowning in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from training_api.losses.base import Loss
from training_api.losses.class_weights import ClassWeighting, class_weights, weighting_field
from training_api.losses.dice import gluon_dice, torch_dice
from training_api.losses.pixels import gluon_cross_entropy, torch_smoothed_mean
from training_api.losses.smoothing import smoothing_field
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """How much each class and the overlap count, and how sure the truth is."""

    class_weights: ClassWeighting = weighting_field("root_inverse")
    dice_weight: float = Field(
        1.0,
        title="Dice weight",
        description="Weight of the overlap term beside cross entropy.",
        ge=0,
        le=100,
    )
    label_smoothing: float = smoothing_field()


class CrossEntropyDice(Loss):
    """Cross entropy + weight × (1 - mean soft Dice); see `CrossEntropy` and `Dice`."""

    name = "cross_entropy_dice"
    title = "Cross entropy + Dice"
    summary = "Adds the overlap of each class, so that small classes count as much as large ones."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        weights = class_weights(self.options.class_weights, shares, frequencies)
        criterion = _torch if engine is EngineName.torch else _gluon
        return lambda logits, labels: criterion(logits, labels, weights, self.options)


def _torch(logits: Any, labels: Any, weights: list[float], options: Any) -> Any:
    from torch.nn.functional import log_softmax

    log_probabilities = log_softmax(logits, dim=1)
    cross_entropy = torch_smoothed_mean(log_probabilities, labels, weights, options.label_smoothing)
    return cross_entropy + options.dice_weight * torch_dice(log_probabilities.exp(), labels)


def _gluon(logits: Any, labels: Any, weights: list[float], options: Any) -> Any:
    cross_entropy = gluon_cross_entropy(logits, labels, weights, options.label_smoothing)
    return cross_entropy + options.dice_weight * gluon_dice(logits, labels)


LOSS = CrossEntropyDice
