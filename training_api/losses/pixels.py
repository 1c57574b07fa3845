"""Cross entropy that leaves ignored pixels out, for both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training_api.spec.dataset import IGNORE


def gluon_valid(labels: Any) -> tuple[Any, Any]:
    """(1 where a label counts, labels with 0 in place of 255), both N×H×W float32."""
    valid = labels != IGNORE
    return valid, labels * valid


def gluon_cross_entropy(logits: Any, labels: Any, weights: Sequence[float]) -> Any:
    """Mean of -log p(true class) over pixels that count, each weighted by its class.

    Logits are N×C×H×W, labels N×H×W float32.
    """
    from mxnet import nd

    valid, truth = gluon_valid(labels)
    likelihood = nd.pick(nd.log_softmax(logits, axis=1), truth, axis=1)
    counted = nd.take(nd.array(weights, ctx=logits.context), truth) * valid
    return -(likelihood * counted).sum() / nd.maximum(counted.sum(), 1e-6)


def torch_cross_entropy(logits: Any, labels: Any, weights: Sequence[float]) -> Any:
    """As `gluon_cross_entropy` for tensors; labels int64."""
    from torch.nn.functional import log_softmax

    return torch_weighted_mean(log_softmax(logits, dim=1), labels, weights)


def torch_weighted_mean(log_probabilities: Any, labels: Any, weights: Sequence[float]) -> Any:
    """Weighted mean of -log p(true class); 0, not NaN, when all pixels are ignored."""
    from torch.nn.functional import nll_loss

    per_class = log_probabilities.new_tensor(weights)
    counted = (per_class[labels.clamp(max=len(weights) - 1)] * (labels != IGNORE)).sum()
    summed = nll_loss(
        log_probabilities, labels, weight=per_class, ignore_index=IGNORE, reduction="sum"
    )
    return summed / counted.clamp(min=1e-6)
