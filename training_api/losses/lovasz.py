"""Lovász-Softmax: the IoU itself, made differentiable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training_api.losses.base import Loss
from training_api.spec.closed import Closed
from training_api.spec.dataset import IGNORE
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Lovász-Softmax has none: every class that is there counts the same."""


class Lovasz(Loss):
    """The Lovász extension of 1 - IoU, averaged over the classes present in the batch.

    A class's errors m = |t - p| are sorted downwards; each is weighted by how much 1 - IoU grows
    when its pixel joins those that are wrong. 0 without a labelled pixel.

    Berman, Rannen Triki, Blaschko, The Lovász-Softmax loss, 2018: all images of the batch as one,
    `classes="present"`.
    """

    name = "lovasz"
    title = "Lovász-Softmax"
    summary = "Learns the IoU itself; best together with cross entropy or after it, and slower."
    engines = frozenset(EngineName)
    Options = Options

    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """See Loss.build."""
        return _torch if engine is EngineName.torch else _gluon


def _torch(logits: Any, labels: Any) -> Any:
    valid = labels != IGNORE
    truth, probabilities = labels[valid], logits.softmax(1).movedim(1, -1)[valid]
    present = truth.unique().tolist()
    total = probabilities.sum() * 0  # has a gradient where nothing is labelled, too
    for index in present:
        foreground = (truth == index).to(probabilities.dtype)
        errors = (foreground - probabilities[:, index]).abs()
        total = total + (errors * _torch_growth(errors.detach(), foreground)).sum()
    return total / max(len(present), 1)


def _torch_growth(errors: Any, foreground: Any) -> Any:
    """By how much each of P pixels enlarges 1 - IoU when all with larger errors are wrong.

    1 / union for a pixel of the class, (intersection) / (union · (union - 1)) for another: the
    difference of two neighbouring IoUs, but exact where they are nearly the same.
    """
    import torch

    order = errors.argsort(descending=True)
    inside = foreground[order]
    intersection = inside.sum() - inside.cumsum(0)
    union = inside.sum() + (1 - inside).cumsum(0)
    outside = intersection / (union * (union - 1).clamp(min=1))
    growth = torch.where(inside > 0, 1 / union, outside)
    return torch.empty_like(errors).scatter_(0, order, growth)


def _gluon(logits: Any, labels: Any) -> Any:
    from mxnet import autograd, nd

    valid = labels != IGNORE
    present = [index for index in map(int, np.unique(labels.asnumpy())) if index != IGNORE]
    probabilities = nd.softmax(logits, axis=1)
    total = probabilities.sum() * 0
    for index in present:
        foreground = labels == index
        errors = nd.abs(foreground - probabilities[:, index]) * valid
        with autograd.pause():
            growth = _gluon_growth(errors - (1 - valid), foreground).reshape(labels.shape)
        total = total + (errors * growth).sum()
    return total / max(len(present), 1)


def _gluon_growth(errors: Any, foreground: Any) -> Any:
    """As `_torch_growth`; ignored pixels have an error of -1, so that they come last."""
    from mxnet import nd

    order = nd.argsort(errors.reshape(-1), is_ascend=False, dtype="int32")
    inside = nd.take(foreground.reshape(-1), order)
    intersection = inside.sum() - nd.cumsum(inside)
    union = inside.sum() + nd.cumsum(1 - inside)
    outside = intersection / (union * nd.maximum(union - 1, 1))
    growth = nd.where(inside > 0, 1 / union, outside)
    return nd.take(growth, nd.argsort(order, dtype="int32"))


LOSS = Lovasz
