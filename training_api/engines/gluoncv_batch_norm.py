"""Batch normalisation of single values, which networks with global pooling meet at batch size 1."""

from __future__ import annotations

from typing import Any

from training_api.engines.gluoncv_layers import layers_of


def freeze_on_single_values(mx: Any, net: Any, sample: Any) -> None:
    """Let layers that see one value per channel use their running statistics in training too.

    The variance of one value is 0: such a layer would pass nothing on while training, and its
    running variance of 0 would blow up every value in evaluation. `net` must not be hybridized
    yet; `sample` is N×3×H×W as in training.
    """
    layers = layers_of(net, mx.gluon.nn.BatchNorm)
    hooks = [layer.register_forward_pre_hook(_freeze_if_single) for layer in layers]
    net(sample)
    mx.nd.waitall()  # see GluonEngine.evaluate
    for hook in hooks:
        hook.detach()


def _freeze_if_single(layer: Any, inputs: Any) -> None:
    count, _, height, width = inputs[0].shape
    if count * height * width == 1:
        layer._kwargs["use_global_stats"] = True
