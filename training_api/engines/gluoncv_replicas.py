"""A network on one or several devices at once: GluonCV's own way of data parallelism."""

from __future__ import annotations

from typing import Any

import numpy as np

from training_api.engines.base import Images, Labels

LARGE = 65_536
"""From so many values on a single array is worth an operation of its own."""
STATISTICS = ("running_mean", "running_var")


class Replicas:
    """The copies of a network, one per context, between the steps of the optimizer.

    Each works on its part of a batch. Weights stay equal, as all copies get the same summed
    gradients; running statistics differ until `agree` averages them.
    """

    def __init__(self, mx: Any, net: Any, contexts: list[Any]) -> None:
        self._mx = mx
        self._contexts = contexts
        self._parameters = list(net.collect_params().values())
        self._statistics = [p for p in self._parameters if p.name.endswith(STATISTICS)]
        self._kept: list[Any] = []
        self._apart = False

    def split(self, images: Images, labels: Labels) -> list[tuple[Any, Any, float]]:
        """(images, labels, share of the batch) on each context, both uint8 arrays there."""
        count = max(len(images), len(self._contexts))  # none may go without
        parts = (self._loaded(np.resize(one, (count, *one.shape[1:]))) for one in (images, labels))
        return [(part, truth, len(part) / count) for part, truth in zip(*parts, strict=True)]

    def _loaded(self, values: Images | Labels) -> list[Any]:
        array = self._mx.nd.array(values, ctx=self._contexts[0], dtype="uint8")
        return list(self._mx.gluon.utils.split_and_load(array, self._contexts, even_split=False))

    def gradient_norm(self) -> Any:
        """The norm of all gradients together, after they were summed over the devices.

        An array of one value, so that the caller decides when to wait for it.
        """
        gradients = [p.list_grad()[0] for p in self._parameters if p.grad_req != "null"]
        small = [one for one in gradients if one.size < LARGE]
        large = [one.reshape(-1) for one in gradients if one.size >= LARGE]
        squares = [self._mx.nd.dot(one, one) for one in large]
        if small:
            squares.append(self._mx.nd.multi_sum_sq(*small, num_arrays=len(small)).sum())
        return self._mx.nd.sqrt(self._mx.nd.add_n(*squares))

    def keep_statistics(self) -> None:
        """Remember the running statistics, which a forward pass in training changes at once."""
        self._apart = len(self._contexts) > 1
        if self._statistics:
            values = zip(*(p.list_data() for p in self._statistics), strict=True)
            self._kept = [self._mx.nd.concat(*of_one, dim=0) for of_one in values]

    def put_back_statistics(self) -> None:
        """Undo what happened to them since they were kept."""
        for number, kept in enumerate(self._kept):
            start = 0
            for parameter in self._statistics:
                own = parameter.list_data()[number]
                kept[start : start + own.size].copyto(own)
                start += own.size

    def agree(self) -> None:
        """Average the running statistics over the devices, if a step has parted them."""
        if not self._apart:
            return
        for parameter in self._statistics:
            first, *others = parameter.list_data()
            summed = self._mx.nd.add_n(first, *(one.as_in_context(first.context) for one in others))
            parameter.set_data(summed / (1 + len(others)))
        self._apart = False
