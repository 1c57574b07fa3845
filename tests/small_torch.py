"""Small torch engines and batches for tests; import in the torch environment only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training_api.engines import engine_class
from training_api.engines.base import Setup
from training_api.losses import loss_for
from training_api.networks import all_networks, network_for
from training_api.networks.base import Network
from training_api.networks.cost import cost_of
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.model import Preprocessing

SIZE = (64, 96)
SHARES = (0.85, 0.15)
CLASSES = len(SHARES)


def torch_networks() -> list[type[Network]]:
    """Every torch network."""
    return [network for network in all_networks() if network.engine is EngineName.torch]


def smallest_variants() -> list[tuple[str, str]]:
    """Every torch network with the backbone that has the fewest parameters."""
    return [
        (network.name, min(network.backbones(), key=_size_in(network)))
        for network in torch_networks()
    ]


def _size_in(network: type[Network]) -> Callable[[str], int]:
    def size(backbone: str) -> int:
        cost = cost_of(EngineName.torch, network.name, backbone)
        assert cost is not None
        return cost.parameters

    return size


def other_variants() -> list[tuple[str, str]]:
    """Every torch network with its default backbone, and each family of encoders once."""
    defaults = [(network.name, network.Options().backbone) for network in torch_networks()]
    return [variant for variant in [*defaults, *FAMILIES] if variant not in smallest_variants()]


FAMILIES = (
    ("linknet", "mobilenet_v2"),
    ("fpn", "efficientnet_b0"),
    ("upernet", "convnext_tiny"),
    ("unet", "mit_b0"),
)
"""A small encoder of each family over a decoder that suits it."""


def make_engine(
    name: str = "unet",
    backbone: str = "resnet18",
    *,
    loss: Any = None,
    base_size: int = 64,
    size: tuple[int, int] = SIZE,
    options: dict[str, Any] | None = None,
    **values: Any,
) -> Any:
    """An engine for images of `size`; `values` are hyper-parameters."""
    setup = Setup(
        class_shares=[1 / CLASSES] * CLASSES,
        size=size,
        hyper_parameters=HyperParameters(**(engine_defaults(EngineName.torch) | values)),
        preprocessing=Preprocessing(base_size=base_size),
        cpus=2,
    )
    network = network_for(EngineName.torch, name, {"backbone": backbone} | (options or {}))
    criterion = loss or loss_for("cross_entropy_dice", {})
    return engine_class(EngineName.torch)(network, criterion, setup)


RANK = (sys.executable, "-m", "tests.torch_rank")


def plain_engine(
    batch_size: int,
    devices: Sequence[str] = ("cpu",),
    rank_command: Sequence[str] = RANK,
    network: Any = None,
    loss: Any = None,
    **values: Any,
) -> Any:
    """An engine whose network, unless it is given, has no batch norm."""
    chosen = {"precision": "float32", "optimizer": "sgd", "batch_size": batch_size} | values
    setup = Setup(
        class_shares=[0.5, 0.5],
        size=SIZE,
        hyper_parameters=HyperParameters(**chosen),
        preprocessing=Preprocessing(base_size=64),
        devices=devices,
        rank_command=rank_command,
    )
    criterion = loss or loss_for("cross_entropy", {})
    return engine_class(EngineName.torch)(network or Plain(), criterion, setup)


class Plain:
    """A network without batch norm: its gradient is the mean over the images of a step."""

    def build(self, classes: int, size: tuple[int, int]) -> nn.Module:
        return Outputs(nn.Sequential(*self.layers(), nn.Conv2d(8, classes, 1)))

    def layers(self) -> list[nn.Module]:
        """Before the head."""
        return [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()]


class Noisy(Plain):
    """A network with batch norm and dropout."""

    def layers(self) -> list[nn.Module]:
        """See Plain."""
        return [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout()]


class Outputs(nn.Module):
    """One output in a list, as our networks give."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        return [self.network(images)]


@cache
def shared_engine(name: str, backbone: str) -> Any:
    """One engine per network, for tests that leave it usable whatever its weights are."""
    return make_engine(name, backbone)


def batch(
    step: int, count: int = 2, size: tuple[int, int] = SIZE
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Bright rectangles on dark noise; the rectangle is class 1, one corner is ignored."""
    random = np.random.default_rng(step)
    images = random.integers(0, 80, (count, *size, 3), dtype=np.uint8)
    labels = np.zeros((count, *size), np.uint8)
    for image, label in zip(images, labels, strict=True):
        top, left = random.integers(0, 32, 2)
        image[top : top + 24, left : left + 40] += 150
        label[top : top + 24, left : left + 40] = 1
    labels[:, :4, :4] = 255
    return images, labels


def photo(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """H×W×3 of smooth noise with a bright rectangle."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 120, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    image = coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width].copy()
    image[height // 4 : height // 2, width // 4 : width // 2] += 120
    return image


def weights(engine: Any) -> dict[str, NDArray[Any]]:
    """Parameters and buffers."""
    return {k: v for k, v in engine.state()[0].items() if k.startswith("model/")}


def same(first: dict[str, NDArray[Any]], second: dict[str, NDArray[Any]]) -> list[str]:
    """The names whose tensors are bit-equal."""
    assert first.keys() == second.keys()
    return [name for name in first if np.array_equal(first[name], second[name])]
