"""Small engines and images for the tests that run in the gluoncv environment."""

from __future__ import annotations

from typing import Any

import numpy as np

from training_api.engines import engine_class
from training_api.engines.base import Setup
from training_api.losses import loss_for
from training_api.networks import all_networks, network_for
from training_api.spec.hyper_parameters import EngineName, HyperParameters, engine_defaults
from training_api.spec.model import Preprocessing

NETWORKS = [network.name for network in all_networks() if network.engine is EngineName.gluoncv]
SIZE = (64, 96)


def make_engine(
    name: str,
    *,
    loss: Any = None,
    size: tuple[int, int] = SIZE,
    devices: tuple[str, ...] = ("cpu",),
    options: dict[str, Any] | None = None,
    **values: Any,
) -> Any:
    """An engine for two classes and training images of `size`; `values` are hyper-parameters."""
    hyper = HyperParameters(**(engine_defaults(EngineName.gluoncv) | {"optimizer": "sgd"} | values))
    setup = Setup(
        class_shares=[0.9, 0.1],
        size=size,
        devices=devices,
        hyper_parameters=hyper,
        preprocessing=Preprocessing(base_size=64),
        cpus=2,
    )
    network = network_for(EngineName.gluoncv, name, options or {})
    return engine_class(EngineName.gluoncv)(network, loss or loss_for("cross_entropy", {}), setup)


def batch(step: int, count: int = 2, size: tuple[int, int] = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Bright rectangles on dark noise; the rectangle is class 1, one corner is ignored."""
    random = np.random.default_rng(step)
    images = random.integers(0, 80, (count, *size, 3), dtype=np.uint8)
    labels = np.zeros((count, *size), np.uint8)
    for image, label in zip(images, labels, strict=True):
        top, left = random.integers(0, size[0] // 2, 2)
        image[top : top + 24, left : left + 40] += 150
        label[top : top + 24, left : left + 40] = 1
    labels[:, :4, :4] = 255
    return images, labels


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A bright rectangle on dark noise, H×W×3."""
    image = np.random.default_rng(seed).integers(0, 80, (height, width, 3), dtype=np.uint8)
    image[height // 4 : height // 2, width // 5 : width // 2] += 150
    return image
