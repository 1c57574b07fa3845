"""Focal loss: pixels that are already right count less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from training_api.losses.base import Loss
from training_api.losses.class_weights import ClassWeighting, class_weights, weighting_field
from training_api.losses.pixels import gluon_weighted_mean, torch_weighted_mean
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName

LEAST = 1e-12
"""Smallest 1 - p whose power is taken: the derivative of a power below 1 is infinite at 0."""


def gamma_field() -> Any:
    """The option that `combined` shares."""
    return Field(
        2.0,
        title="Focal gamma",
        description="How much pixels that are already right are left aside; 0 is cross entropy.",
        ge=0,
        le=10,
        json_schema_extra={"step": 0.5},
    )


class Options(Closed):
    """How much each class and the hard pixels count."""

    class_weights: ClassWeighting = weighting_field("none")
    focal_gamma: float = gamma_field()


class Focal(Loss):
    """The mean over pixels of -(1 - p)^γ log p, p the true class's probability, weighted by class.

    Lin, Goyal, Girshick, He, Dollár, Focal Loss for Dense Object Detection, 2017; the class
    weights are its α.
    """

    name = "focal"
    title = "Focal"
    summary = "Cross entropy for the hard pixels; where easy background fills most of the image."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        weights = class_weights(self.options.class_weights, shares, frequencies)
        criterion = _torch if engine is EngineName.torch else _gluon
        return lambda logits, labels: criterion(logits, labels, weights, self.options.focal_gamma)


def _torch(logits: Any, labels: Any, weights: list[float], gamma: float) -> Any:
    from torch.nn.functional import log_softmax

    log_probabilities = log_softmax(logits, dim=1)
    others = (-log_probabilities.expm1()).clamp(min=LEAST)
    return torch_weighted_mean(others**gamma * log_probabilities, labels, weights)


def _gluon(logits: Any, labels: Any, weights: list[float], gamma: float) -> Any:
    from mxnet import nd

    log_probabilities = nd.log_softmax(logits, axis=1)
    others = nd.maximum(-nd.expm1(log_probabilities), LEAST)
    return gluon_weighted_mean(others**gamma * log_probabilities, labels, weights)


LOSS = Focal
