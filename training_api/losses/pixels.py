"""Cross entropy that leaves ignored pixels out, for both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training_api.spec.dataset import IGNORE

LEAST = 1e-6
"""Divisor in place of a total weight of 0, so that ignored pixels alone give 0 and not NaN."""


def gluon_valid(labels: Any) -> tuple[Any, Any]:
    """(1 where a label counts, labels with 0 in place of 255), both N×H×W float32."""
    valid = labels != IGNORE
    return valid, labels * valid


def gluon_one_hot(labels: Any, classes: int) -> tuple[Any, Any]:
    """(N×1×H×W: 1 where a label counts, N×C×H×W: 1 at its class), both 0 where it is ignored."""
    from mxnet import nd

    valid, truth = gluon_valid(labels)
    mask = valid.expand_dims(1)
    return mask, nd.broadcast_mul(nd.one_hot(truth, classes).transpose((0, 3, 1, 2)), mask)


def gluon_cross_entropy(
    logits: Any, labels: Any, weights: Sequence[float], smoothing: float = 0.0
) -> Any:
    """As `torch_cross_entropy`; labels N×H×W float32."""
    from mxnet import nd

    log_probabilities = nd.log_softmax(logits, axis=1)
    loss = gluon_weighted_mean(log_probabilities, labels, weights)
    if smoothing == 0:
        return loss
    per_class = nd.array(weights, ctx=logits.context)
    valid, truth = gluon_valid(labels)
    total = (nd.take(per_class, truth) * valid).sum()
    every = nd.broadcast_mul(log_probabilities, per_class.reshape((1, -1, 1, 1))).mean(axis=1)
    uniform = -(every * valid).sum() / nd.maximum(total, LEAST)
    return (1 - smoothing) * loss + smoothing * uniform


def gluon_weighted_mean(scores: Any, labels: Any, weights: Sequence[float]) -> Any:
    """As `torch_weighted_mean`; labels N×H×W float32."""
    from mxnet import nd

    valid, truth = gluon_valid(labels)
    chosen = nd.pick(scores, truth, axis=1)
    counted = nd.take(nd.array(weights, ctx=scores.context), truth) * valid
    return -(chosen * counted).sum() / nd.maximum(counted.sum(), LEAST)


def torch_cross_entropy(
    logits: Any, labels: Any, weights: Sequence[float], smoothing: float = 0.0
) -> Any:
    """Mean of -log p(true class) over pixels that count, each weighted by its class.

    Logits are N×C×H×W, labels N×H×W int64. With `smoothing` ε the target is 1 - ε of the true
    class plus ε / C of every class, each with its own weight; the divisor stays the true classes'
    weight. Szegedy et al., Rethinking the Inception Architecture, 2015; with weights as in
    torch.nn.CrossEntropyLoss.
    """
    from torch.nn.functional import log_softmax

    return torch_smoothed_mean(log_softmax(logits, dim=1), labels, weights, smoothing)


def torch_smoothed_mean(
    log_probabilities: Any, labels: Any, weights: Sequence[float], smoothing: float
) -> Any:
    """`torch_cross_entropy` of log probabilities."""
    loss = torch_weighted_mean(log_probabilities, labels, weights)
    if smoothing == 0:
        return loss
    every = (log_probabilities * log_probabilities.new_tensor(weights)[:, None, None]).mean(1)
    total = _torch_total(log_probabilities, labels, weights)
    return (1 - smoothing) * loss - smoothing * (every * (labels != IGNORE)).sum() / total


def torch_weighted_mean(scores: Any, labels: Any, weights: Sequence[float]) -> Any:
    """Mean of the true class's -score, weighted by class; 0 when all pixels are ignored."""
    from torch.nn.functional import nll_loss

    summed = nll_loss(
        scores, labels, weight=scores.new_tensor(weights), ignore_index=IGNORE, reduction="sum"
    )
    return summed / _torch_total(scores, labels, weights)


def _torch_total(scores: Any, labels: Any, weights: Sequence[float]) -> Any:
    """The weight of all pixels that count, at least LEAST."""
    per_class = scores.new_tensor(weights)
    counted = per_class[labels.clamp(max=len(weights) - 1)] * (labels != IGNORE)
    return counted.sum().clamp(min=LEAST)
