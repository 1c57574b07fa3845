"""Training passes in bfloat16: what they change, and what they leave alone.

On a processor without AMX, auto is float32, and so are both sides of the numerical comparisons.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.small_gluoncv import NETWORKS, batch, make_engine, photo
from training_api.engines import gluoncv_precision
from training_api.engines.gluoncv_amx import may_use_amx
from training_api.engines.gluoncv_import import import_mxnet
from training_api.engines.gluoncv_precision import traced_in_bfloat16, worthwhile_convolutions
from training_api.networks import network_class
from training_api.spec.hyper_parameters import EngineName

pytestmark = pytest.mark.usefixtures("freed_memory")

Layer = tuple[int, int, dict[str, Any]]
LAYERS: list[Layer] = [
    (24, 19, {"kernel_size": 3, "padding": 1, "strides": 2}),
    (32, 64, {"kernel_size": 7, "padding": 3, "use_bias": False, "activation": "relu"}),
    (256, 256, {"kernel_size": 3, "padding": 2, "dilation": 2}),
    (304, 256, {"kernel_size": 3, "padding": 1}),
    (2048, 128, {"kernel_size": 3, "padding": 36, "dilation": 36}),
    (2048, 128, {"kernel_size": 3, "padding": 1}),
]
"""Channels in and out, and the rest of a convolution."""


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_learns_nearly_as_in_float32(name: str, eager: None) -> None:
    """Nearly: one bit of the image changes a network from scratch by more than bfloat16 does."""
    side = network_class(EngineName.gluoncv, name).smallest
    size = (side, side)
    exact, fast = (
        make_engine(name, size=size, precision=precision, batch_size=2, momentum=0)
        for precision in ("float32", "auto")
    )
    assert exact.facts()["precision"] == "float32"
    assert fast.facts()["precision"] == ("bfloat16" if may_use_amx() else "float32")
    losses = [one.train_step(*batch(0, 2, size), 1e-3) for one in (exact, fast)]
    assert losses[1] == pytest.approx(losses[0], rel=0.3)
    measured = fast.evaluate(*batch(9, 1, size))[0]
    again = fast.train_step(*batch(1, 2, size), 1e-3)
    assert np.isfinite([measured, again]).all() and again != losses[1]


def passed(mx: Any, block: Any, image: Any, net: Any) -> list[Any]:
    """Output, and gradients of the image and of the parameters, after a pass through `block`."""
    image.attach_grad()
    with mx.autograd.record():
        output = block(image)
    output.backward(output)
    gradients = [one.grad() for one in net.collect_params().values()]
    return [one.asnumpy() for one in (output, image.grad, *gradients)]


@pytest.mark.parametrize("side", [1, 2, 6, 33])
@pytest.mark.parametrize("layer", LAYERS)
def test_values_and_gradients_are_those_of_float32(layer: Layer, side: int) -> None:
    mx = import_mxnet()
    mx.random.seed(0)
    channels, outputs, more = layer
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Conv2D(outputs, in_channels=channels, **more))
    net.add(mx.gluon.nn.HybridLambda(lambda operators, image: (image,)))
    net.initialize(mx.init.Xavier())
    block = traced_in_bfloat16(mx, net, [net[0]]) if may_use_amx() else net[0]
    image = mx.nd.random.normal(shape=(2, channels, side, side))
    exact, fast = (passed(mx, one, image, net) for one in (net[0], block))
    for ours, theirs in zip(fast, exact, strict=True):
        assert ours.dtype == np.float32
        assert np.linalg.norm(ours - theirs) <= 0.02 * np.linalg.norm(theirs)


def cast_convolutions(symbol: Any) -> set[str]:
    """Names of the weights that convolutions get in another format."""
    nodes = json.loads(symbol.tojson(remove_amp_cast=False))["nodes"]
    found = set()
    for node in nodes:
        if node["op"] == "Convolution":
            weight = nodes[node["inputs"][1][0]]
            cast = weight["op"] == "amp_cast"
            while weight["inputs"]:
                weight = nodes[weight["inputs"][0][0]]
            found |= {weight["name"]} if cast else set()
    return found


def test_only_convolutions_for_which_it_pays_and_is_sound() -> None:
    mx = import_mxnet()
    net = mx.gluon.nn.HybridSequential()
    shared = conv(mx, "shared_", 128)
    net.add(
        conv(mx, "image_", 3),
        conv(mx, "wide_", 128),
        mx.gluon.nn.Conv2D(128, 1, in_channels=128, prefix="pointwise_"),
        conv(mx, "depthwise_", 128, groups=128),
        shared,
        mx.gluon.nn.BatchNorm(in_channels=128),
        shared,
        conv(mx, "small_", 128, strides=8),
        mx.gluon.nn.HybridLambda(lambda operators, image: (image,)),
    )
    net.initialize()
    chosen = worthwhile_convolutions(mx, net, (2, 3, 24, 24))
    assert [one.prefix for one in chosen] == ["wide_", "shared_"]
    assert worthwhile_convolutions(mx, net, (1, 3, 16, 16)) == [], "too few pixels"
    block = traced_in_bfloat16(mx, net, chosen)
    assert cast_convolutions(block(mx.sym.var("x"))) == {"wide_weight", "shared_weight"}
    own = net.collect_params()
    assert all(entry is own[name] for name, entry in block.collect_params().items())
    assert not any("hybrid_forward" in vars(layer) for layer in net._children.values())
    assert cast_convolutions(net(mx.sym.var("x"))[0]) == set()


def conv(mx: Any, prefix: str, channels: int, **more: Any) -> Any:
    """3×3 to 128 channels."""
    values = {"padding": 1, "in_channels": channels, "prefix": prefix}
    return mx.gluon.nn.Conv2D(128, 3, **values | more)


def test_inference_and_exports_are_float32(eager: None) -> None:
    exact, fast = (make_engine("fcn", precision=one) for one in ("float32", "auto"))
    assert np.array_equal(exact.predict(photo(80, 120)), fast.predict(photo(80, 120)))
    mx = import_mxnet()
    assert cast_convolutions(fast.inference_module()(mx.sym.var("data"), 64, 96)) == set()


@pytest.mark.parametrize(
    ("values", "amx", "found"),
    [
        ({"precision": "auto"}, True, "bfloat16"),
        ({"precision": "float32"}, True, "float32"),
        ({"precision": "auto"}, False, "float32"),
        ({"precision": "auto", "options": {"aux": False}}, True, "float32"),
    ],
)
def test_auto_is_what_the_processor_is_fast_at(
    monkeypatch: pytest.MonkeyPatch, eager: None, values: dict[str, Any], amx: bool, found: str
) -> None:
    """All but one of Fast-SCNN's convolutions are grouped, of 1×1 pixels, or see the image."""
    monkeypatch.setattr(gluoncv_precision, "may_use_amx", lambda: amx)
    assert make_engine("fastscnn", **values).facts()["precision"] == found
