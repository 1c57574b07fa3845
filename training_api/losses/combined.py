"""Several losses at once, each with its weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from training_api.losses.base import Loss
from training_api.losses.class_weights import ClassWeighting, weighting_field
from training_api.losses.cross_entropy import CrossEntropy
from training_api.losses.dice import Dice
from training_api.losses.focal import Focal, gamma_field
from training_api.losses.lovasz import Lovasz
from training_api.losses.smoothing import smoothing_field
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


def _weight(default: float, title: str) -> Any:
    description = f"Weight of {title} in the sum; 0 leaves it out."
    return Field(default, title=f"{title} weight", description=description, ge=0, le=100)


class Options(Closed):
    """The weights of the sum, and what its parts are asked."""

    cross_entropy_weight: float = _weight(1.0, "Cross entropy")
    dice_weight: float = _weight(0.0, "Dice")
    focal_weight: float = _weight(0.0, "Focal")
    lovasz_weight: float = _weight(1.0, "Lovász")
    class_weights: ClassWeighting = weighting_field("none")
    label_smoothing: float = smoothing_field()
    focal_gamma: float = gamma_field()

    @field_validator("lovasz_weight")
    @classmethod
    def _not_all_zero(cls, value: float, info: ValidationInfo) -> float:
        names = ("cross_entropy_weight", "dice_weight", "focal_weight")
        if value == 0 and all(info.data.get(name) == 0 for name in names):
            raise ValueError("all four weights are 0; give one of the losses a weight")
        return value


class Combined(Loss):
    """The weighted sum of cross entropy, Dice, focal and Lovász-Softmax.

    Class weights go to cross entropy and focal, label smoothing to cross entropy.
    """

    name = "combined"
    title = "Combined"
    summary = "A weighted sum of cross entropy, Dice, focal and Lovász, as you choose."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        parts = [
            (weight, loss.build(engine, shares, frequencies))
            for weight, loss in self._parts()
            if weight > 0
        ]
        return lambda logits, labels: sum(weight * part(logits, labels) for weight, part in parts)

    def _parts(self) -> list[tuple[float, Loss]]:
        given = self.options
        counting = {"class_weights": given.class_weights}
        smoothed = {"label_smoothing": given.label_smoothing} | counting
        sharp = {"focal_gamma": given.focal_gamma} | counting
        return [
            (given.cross_entropy_weight, CrossEntropy(CrossEntropy.Options(**smoothed))),
            (given.dice_weight, Dice(Dice.Options())),
            (given.focal_weight, Focal(Focal.Options(**sharp))),
            (given.lovasz_weight, Lovasz(Lovasz.Options())),
        ]


LOSS = Combined
