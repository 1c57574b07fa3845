"""Training steps of the gluoncv engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from training_api.engines.base import Images, Labels
from training_api.engines.gluoncv_adamw import adamw
from training_api.engines.gluoncv_average import GluonAverage
from training_api.engines.gluoncv_replicas import Replicas
from training_api.engines.gluoncv_resize import bilinear
from training_api.spec.hyper_parameters import HyperParameters


class GluonLearner:
    """Corrects the weights of `net` on `contexts`. `outputs` makes pixels its main output and the
    auxiliary ones, which count by `output_weights`.

    The random state is set from seed and step, so that a resume repeats nothing.
    """

    def __init__(
        self,
        mx: Any,
        net: Any,
        contexts: Sequence[Any],
        loss: Callable[[Any, Any], Any],
        output_weights: Sequence[float],
        outputs: Callable[[Any], Any],
        values: HyperParameters,
        average: GluonAverage | None,
    ) -> None:
        self._mx = mx
        self._net = net
        self._loss = loss
        self._output_weights = output_weights
        self._outputs = outputs
        self._values = values
        self.average = average
        if values.accumulation > 1:
            _add_up_gradients(net)
        self.trainer = mx.gluon.Trainer(
            net.collect_params(),
            _optimizer(mx, net, values),
            kvstore=_kvstore(contexts),
            update_on_kvstore=False,
        )
        if len(contexts) > 1:
            # It gives all devices the first one's values, of running statistics too. By itself it
            # would do so in the middle of the first step, which would lose what that measured.
            self.trainer._init_kvstore()
            self.trainer._init_params()
        self.replicas = Replicas(mx, net, list(contexts))
        self.steps = 0

    def step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        """See Engine.train_step."""
        self._mx.random.seed((self._values.seed * 1_000_003 + self.steps) % 2**31)
        self.replicas.keep_statistics()
        losses = self._backward(images, labels)
        self.trainer.allreduce_grads()
        norm = float(self.replicas.gradient_norm().asscalar())
        value = sum(float(loss.asscalar()) for loss in losses)
        if not (math.isfinite(value) and math.isfinite(norm)):
            self.replicas.put_back_statistics()
            return value if not math.isfinite(value) else math.nan
        self.trainer.set_learning_rate(learning_rate)
        # The divisor is how the trainer scales gradients: no pass over them for clipping.
        largest = self._values.gradient_clip or math.inf
        self.trainer.update(max(1.0, norm / largest))
        self.steps += 1
        if self.average is not None:
            self.average.update()
        return value

    def _backward(self, images: Images, labels: Labels) -> list[Any]:
        """Gradients of the mean loss over all passes; its parts, which are not waited for."""
        if self._values.accumulation == 1:
            return self._pass(images, labels, 1)
        self._net.collect_params().zero_grad()
        count = -(-len(images) // self._values.batch_size)
        pieces = zip(np.array_split(images, count), np.array_split(labels, count), strict=True)
        return [loss for part, truth in pieces for loss in self._pass(part, truth, count)]

    def _pass(self, images: Images, labels: Labels, count: int) -> list[Any]:
        """One of `count` passes, split over the devices: each one's mean loss counts by its share
        of the images.
        """
        losses = []
        with self._mx.autograd.record():
            for part, truth, share in self.replicas.split(images, labels):
                outputs = self._outputs(part)
                losses.append(share / count * self._total_loss(outputs, truth.astype("float32")))
        self._mx.autograd.backward(losses)
        return losses

    def _total_loss(self, outputs: Any, truth: Any) -> Any:
        """The weighted sum over the main output and the auxiliary ones, at the labels' size."""
        like = truth.expand_dims(1)
        weighted = []
        for weight, output in zip(self._output_weights, outputs, strict=False):
            if output.shape[2:] != truth.shape[1:]:
                output = bilinear(self._mx.nd, output, like)
            weighted.append(weight * self._loss(output, truth))
        return sum(weighted[1:], weighted[0])


def _add_up_gradients(net: Any) -> None:
    """A backward pass adds to the gradients that are there."""
    for parameter in net.collect_params().values():
        if parameter.grad_req != "null":
            parameter.grad_req = "add"


def _optimizer(mx: Any, net: Any, values: HyperParameters) -> Any:
    common = {"learning_rate": values.learning_rate, "wd": values.weight_decay}
    if values.optimizer == "sgd":
        optimizer = mx.optimizer.SGD(momentum=values.momentum, **common)
        optimizer.aggregate_num = 1  # four weights per call, the default, take half as long again
        return optimizer
    # GluonCV's heads ask for ten times the rate, which is made for SGD on a trained encoder.
    net.collect_params().setattr("lr_mult", 1.0)
    if values.optimizer == "adam":
        return mx.optimizer.Adam(beta1=values.momentum, **common)
    return adamw(mx, beta1=values.momentum, **common)


def _kvstore(contexts: Sequence[Any]) -> str | None:
    """What sums the gradients: nothing, the processor, or the GPUs among themselves."""
    if len(contexts) == 1:
        return None
    return "local" if contexts[0].device_type == "cpu" else "device"
