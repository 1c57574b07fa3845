"""Dice: the overlap of each class alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training_api.losses.base import Loss
from training_api.losses.pixels import gluon_one_hot
from training_api.spec.closed import Closed
from training_api.spec.dataset import IGNORE
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Dice has none: every class that is there counts the same."""


class Dice(Loss):
    """1 - mean soft Dice over the classes present in the batch; 0 without a labelled pixel.

    Dice of a class = (2 Σ p·t + 1) / (Σ p + Σ t + 1) over all pixels of the batch that are not
    ignored, p its probability, t its truth.

    Milletari, Navab, Ahmadi, V-Net, 2016, with softmax probabilities.
    """

    name = "dice"
    title = "Dice"
    summary = "Only the overlap of each class, however small; can be unsteady in the beginning."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        return _torch if engine is EngineName.torch else gluon_dice


def _torch(logits: Any, labels: Any) -> Any:
    return torch_dice(logits.softmax(1), labels)


def torch_dice(probabilities: Any, labels: Any) -> Any:
    """The loss of probabilities N×C×H×W and labels N×H×W int64."""
    import torch

    valid = labels != IGNORE
    classes = torch.arange(probabilities.shape[1], device=labels.device)
    truth = labels[:, None] == classes[:, None, None]
    support = truth.sum((0, 2, 3))
    overlap = (probabilities * truth).sum((0, 2, 3))
    mass = (probabilities * valid[:, None]).sum((0, 2, 3))
    dice = (2 * overlap + 1) / (mass + support + 1)
    present = support > 0
    mean_dice = (dice * present).sum() / present.sum().clamp(min=1)
    return present.any().to(dice.dtype) - mean_dice


def gluon_dice(logits: Any, labels: Any) -> Any:
    """The loss of logits N×C×H×W and labels N×H×W float32."""
    from mxnet import nd

    mask, truth = gluon_one_hot(labels, logits.shape[1])
    probabilities = nd.broadcast_mul(nd.softmax(logits, axis=1), mask)
    overlap = (probabilities * truth).sum((0, 2, 3))
    support = truth.sum((0, 2, 3))
    dice = (2 * overlap + 1) / (probabilities.sum((0, 2, 3)) + support + 1)
    present = support > 0
    mean_dice = (dice * present).sum() / nd.maximum(present.sum(), 1)
    return present.max() - mean_dice


LOSS = Dice
