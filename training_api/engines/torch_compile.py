"""Compiling a network's training passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from training_api.spec.errors import InvalidSpec

Passes = Callable[[torch.Tensor], Any]


def compiled(network: nn.Module, device: torch.device) -> Passes:
    """`network` as one that PyTorch compiles at its first pass; weights are shared.

    Raises InvalidSpec where a CPU's code cannot be compiled.
    """
    if device.type == "cpu":
        _check_compiler()
    passes: Passes = torch.compile(network)
    return passes


def _check_compiler() -> None:
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler as error:
        raise InvalidSpec(
            "compile: there is no C++ compiler here. Install g++, or turn compilation off.",
            field="hyper_parameters.compile",
        ) from error
