"""The number format of the gluoncv engine's training passes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from types import MethodType
from typing import Any, Literal

import numpy as np

from training_api.engines.base import Setup
from training_api.engines.gluoncv_amx import may_use_amx
from training_api.engines.gluoncv_layers import layers_of

Format = Literal["bfloat16", "float32"]
_BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
"""MXNet's name for it."""
CHANNELS, PIXELS = 128, 512
"""A convolution of fewer input channels, or to fewer pixels of a batch, gains less than its casts
cost.
"""


def training_network(mx: Any, net: Any, setup: Setup) -> tuple[Any, Format]:
    """What training passes of `net` go through, hybridized, and the format it multiplies in.

    `auto` is bfloat16 on processors with AMX; without it, oneDNN 2.4 is slower so than in float32.
    """
    values = setup.hyper_parameters
    wanted = values.precision == "auto" and setup.use_mkl and set(setup.devices) == {"cpu"}
    if not (wanted and may_use_amx()):
        return net, "float32"
    shape = (max(1, values.batch_size // len(setup.devices)), 3, *setup.size)
    chosen = worthwhile_convolutions(mx, net, shape)
    if not chosen:
        return net, "float32"
    block = traced_in_bfloat16(mx, net, chosen)
    block.hybridize(static_alloc=True, static_shape=True)
    return block, "bfloat16"


def traced_in_bfloat16(mx: Any, net: Any, chosen: Sequence[Any]) -> Any:
    """A block with the parameters of `net` in which the `chosen` layers multiply in bfloat16.

    It takes what `net` takes and returns its outputs in float32, a single one as it is. Weights,
    gradients and all that is between these layers stay float32. `net` is left as it was.
    """
    for one in chosen:
        one.hybrid_forward = MethodType(_narrow_forward, one)
    try:
        image = mx.sym.var("image")
        outputs = list(net(image))
    finally:
        for one in chosen:
            del one.hybrid_forward
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot tell the types of bfloat16 arguments by itself
        return mx.gluon.SymbolBlock(outputs, image, params=net.collect_params())


def worthwhile_convolutions(mx: Any, net: Any, shape: tuple[int, ...]) -> list[Any]:
    """Those in `net` for which bfloat16 pays and is sound, for images of `shape`, N×3×H×W.

    oneDNN 2.4 computes 1×1 convolutions of small images with AMX into memory that is not theirs
    (128 channels of 6×6 pixels: the heap is corrupt), and grouped ones without AMX.
    """
    layers = mx.sym.Group(list(net(mx.sym.var("image")))).get_internals()
    shapes = dict(zip(layers.list_outputs(), layers.infer_shape(image=shape)[1], strict=True))

    def pays(layer: Any) -> bool:
        count, _, height, width = shapes.get(f"{layer.prefix}fwd_output", (0, 0, 0, 0))
        return layer.weight.shape[1] >= CHANNELS and count * height * width >= PIXELS

    def is_sound(layer: Any) -> bool:
        return layer._kwargs["num_group"] == 1 and max(layer._kwargs["kernel"]) > 1

    found = layers_of(net, mx.gluon.nn.Conv2D)
    return [layer for layer in found if is_sound(layer) and pays(layer)]


def _narrow_forward(self: Any, operators: Any, values: Any, weight: Any, bias: Any = None) -> Any:
    """In place of Conv2D.hybrid_forward.

    The gradient of a cast is lost where it is to be added to another (accumulation), that of a copy
    is not: parameters are copied first.
    """
    parameters = [operators.identity(one) for one in (weight, bias) if one is not None]
    narrow = (operators.amp_cast(one, dtype=_BFLOAT16) for one in (values, *parameters))
    result = operators.Convolution(*narrow, name="fwd", **self._kwargs)
    result = operators.amp_cast(result, dtype="float32")
    return result if self.act is None else self.act(result)
