"""Cross entropy over all pixels that are not ignored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training_api.losses.base import Loss
from training_api.losses.class_weights import ClassWeighting, class_weights, weighting_field
from training_api.losses.pixels import gluon_cross_entropy, torch_cross_entropy
from training_api.losses.smoothing import smoothing_field
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """How much each class counts, and how sure the truth is."""

    class_weights: ClassWeighting = weighting_field("none")
    label_smoothing: float = smoothing_field()


class CrossEntropy(Loss):
    """The mean over pixels of -log p(true class), weighted by class."""

    name = "cross_entropy"
    title = "Cross entropy"
    summary = "Every pixel counts the same; the classic."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        weights = class_weights(self.options.class_weights, shares, frequencies)
        smoothing = self.options.label_smoothing
        criterion = torch_cross_entropy if engine is EngineName.torch else gluon_cross_entropy
        return lambda logits, labels: criterion(logits, labels, weights, smoothing)


LOSS = CrossEntropy
