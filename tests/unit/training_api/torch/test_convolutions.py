"""Gradients of training passes in bfloat16 on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from training_api.engines.torch_precision import Precision
from training_api.networks import network_for
from training_api.spec.hyper_parameters import EngineName

CPU = torch.device("cpu")


def spoil_memory() -> None:
    """Leave blocks of memory for reuse that nothing sound may read."""
    blocks = [torch.full((1 << size,), torch.nan) for size in range(6, 21) for _ in range(2)]
    del blocks


def gradients(module: nn.Module, images: torch.Tensor, kind: Any) -> dict[str, torch.Tensor]:
    """Of all parameters, after one pass in the format `kind`."""
    module.zero_grad()
    precision = Precision(kind, CPU)
    with precision.casting():
        found = module(images)
    first = found[0] if isinstance(found, list) else found
    precision.backward(first.float().square().mean())
    return {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}


def in_channels_last(make: Callable[[], nn.Module], *shape: int) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    module, images = make(), torch.randn(*shape)
    layout = torch.channels_last
    return module.to(memory_format=layout), images.contiguous(memory_format=layout)


@pytest.mark.parametrize(
    ("channels", "kernel", "dilation", "size"),
    [(64, 3, 12, (40, 30)), (256, 3, 12, (40, 30)), (40, 3, 6, (36, 29)), (24, 5, 3, (41, 35))],
)
def test_dilated_depthwise_weights_get_their_own_gradient(
    channels: int, kernel: int, dilation: int, size: tuple[int, int]
) -> None:
    padding = dilation * (kernel // 2)
    options = {"padding": padding, "dilation": dilation, "groups": channels}
    module, images = in_channels_last(
        lambda: nn.Conv2d(channels, channels, kernel, **options), 2, channels, *size
    )
    expected = gradients(module, images, "float32")["weight"]
    for _ in range(4):
        spoil_memory()
        found = gradients(module, images, "bfloat16")["weight"]
        assert (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_other_convolutions_stay_in_bfloat16() -> None:
    images = torch.randn(1, 8, 9, 9)
    with Precision("bfloat16", CPU).casting():
        kinds = [
            nn.Conv2d(8, 8, 3, padding=1)(images).dtype,
            nn.Conv2d(8, 8, 3, padding=2, dilation=2)(images).dtype,
            nn.Conv2d(8, 8, 3, padding=1, groups=8)(images).dtype,
            nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8)(images).dtype,
        ]
    assert kinds == [torch.bfloat16] * 3 + [torch.float32]


def test_deeplab_v3_plus_repeats_its_gradients() -> None:
    network = network_for(EngineName.torch, "deeplabv3plus", {"backbone": "resnet18"})
    module, images = in_channels_last(lambda: network.build(3, (640, 480)), 2, 3, 640, 480)
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    first = gradients(module, images, "bfloat16")
    assert all(value.isfinite().all() for value in first.values())
    for _ in range(3):
        spoil_memory()
        again = gradients(module, images, "bfloat16")
        assert [name for name, value in first.items() if not torch.equal(value, again[name])] == []
