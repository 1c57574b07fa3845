"""Every convolution of every network, as a training pass on the CPU computes it in bfloat16."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.small_torch import smallest_variants
from tests.unit.training_api.torch.test_convolutions import CPU, spoil_memory
from training_api.engines.torch_batch_norm import freeze_on_single_values
from training_api.engines.torch_precision import Precision
from training_api.networks import network_for
from training_api.spec.hyper_parameters import EngineName

FORWARD = torch.ops.aten.convolution.default
BACKWARD = torch.ops.aten.convolution_backward.default
SIZE = (352, 480)
"""Near what presets train at; several faults of oneDNN show in maps of this size only."""
TOLERANCE = 0.05
"""Of the greatest value: bfloat16 rounds to less than a hundredth; what is wrong is off by more."""


class AgainstFloat32(TorchDispatchMode):
    """Repeats each convolution in bfloat16 in float32 and keeps those that come out otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.wrong: list[tuple[Any, ...]] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, arguments: Any = (), options: Any = None
    ) -> Any:
        found = function(*arguments, **(options or {}))
        if function in (FORWARD, BACKWARD) and arguments[0].dtype == torch.bfloat16:
            self._compare(function, arguments, found)
        return found

    def _compare(self, function: Any, arguments: Any, found: Any) -> None:
        self.seen += 1
        wide = [part.float() if torch.is_tensor(part) else part for part in arguments]
        expected = function(*wide)
        pairs = zip(found, expected, strict=True) if function is BACKWARD else [(found, expected)]
        shapes = [tuple(part.shape) for part in arguments if torch.is_tensor(part)]
        for part, (one, other) in enumerate(pairs):
            if one is not None and not _is_near(one.float(), other):
                self.wrong.append((function.name(), part, shapes, arguments[-6:]))


def _is_near(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """False for NaN too."""
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max())


@pytest.mark.parametrize(("name", "backbone"), smallest_variants())
def test_all_of_them_are_right(name: str, backbone: str) -> None:
    torch.manual_seed(0)
    options = {"backbone": backbone} if backbone else {}
    network = network_for(EngineName.torch, name, options).build(3, SIZE)
    network = network.to(memory_format=torch.channels_last).train()
    freeze_on_single_values(network)
    images = torch.randn(1, 3, *SIZE).contiguous(memory_format=torch.channels_last)
    spoil_memory()
    with AgainstFloat32() as check:
        with Precision("bfloat16", CPU).casting():
            outputs = network(images)
        sum(output.float().square().mean() for output in outputs).backward()
    assert check.seen > 20 and check.wrong == []
