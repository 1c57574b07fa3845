"""Small torch engines and batches for tests; import in the torch environment only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    options: dict[str, Any] | None = None,
    **values: Any,
) -> Any:
    """An engine for images of SIZE; `values` are hyper-parameters."""
    setup = Setup(
        class_shares=[1 / CLASSES] * CLASSES,
        size=SIZE,
        hyper_parameters=HyperParameters(**(engine_defaults(EngineName.torch) | values)),
        preprocessing=Preprocessing(base_size=base_size),
        cpus=2,
    )
    network = network_for(EngineName.torch, name, {"backbone": backbone} | (options or {}))
    criterion = loss or loss_for("cross_entropy_dice", {})
    return engine_class(EngineName.torch)(network, criterion, setup)


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
