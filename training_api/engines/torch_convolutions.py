"""Convolutions that the CPU computes wrongly in bfloat16, computed in float32 instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class SoundConvolutions(TorchFunctionMode):
    """While this context is open, dilated convolutions in groups leave autocast.

    The oneDNN 3.12 of PyTorch 2.13 gives what happens to lie in memory as the gradient of a
    depthwise weight in bfloat16 for many dilations and sizes (found by comparing random shapes with
    float64; none of them is wrong in float32). DeepLabV3+ and dilated mobile encoders have such
    layers, and diverged.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Any:
        options = options or {}
        if function is not torch.conv2d or not _is_unsound(*arguments, **options):
            return function(*arguments, **options)
        images, *others = arguments
        with torch.autocast("cpu", enabled=False):
            return function(images.float(), *others, **options)


def _is_unsound(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] | str = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> bool:
    return groups > 1 and dilation not in (1, (1, 1))
