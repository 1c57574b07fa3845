"""The moving average of a gluon network's weights; see torch_average, whose rule is the same."""

from __future__ import annotations

from typing import Any

from training_api.engines.base import averaging_decay


class GluonAverage:
    """`network` is `averaged`, which was built as `net` and follows its weights and statistics.

    It lives on `context`, where `net` has a copy.
    """

    def __init__(self, mx: Any, net: Any, averaged: Any, context: Any, decay: float) -> None:
        self.network = averaged
        self.steps = 0
        self._decay = decay
        followed, own = (one._collect_params_with_prefix() for one in (net, averaged))
        for name, parameter in own.items():
            parameter.shape = followed[name].shape
            parameter.grad_req = "null"
        averaged.initialize(mx.init.Zero(), ctx=context, force_reinit=True)
        self._pairs = [(own[name], followed[name]) for name in own]
        self.begin_anew()

    def update(self) -> None:
        """Follow the network after a step."""
        decay = averaging_decay(self._decay, self.steps)
        self.steps += 1
        for own, followed in self._pairs:
            value = own.list_data()[0]
            value *= decay
            value += (1 - decay) * followed.list_data()[0]

    def begin_anew(self) -> None:
        """Take the network's weights over as they are."""
        self.steps = 0
        for own, followed in self._pairs:
            own.set_data(followed.list_data()[0])
