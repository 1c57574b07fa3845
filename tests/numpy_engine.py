"""A small engine that really learns: a linear softmax classifier of single pixels, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from training_api.engines.base import Engine, Images, Labels, Setup
from training_api.engines.initial_weights import Layout, plan_of
from training_api.spec.errors import Corrupt
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

WEIGHTS = "weights.safetensors"


class NumpyEngine(Engine):
    """Draws a quarter of the pixels in each step, so that its random state matters on resume."""

    name = EngineName.torch

    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        self.preprocessing = setup.preprocessing
        self._classes = setup.classes
        self._setup = setup
        self._rng = np.random.default_rng(setup.hyper_parameters.seed)
        self._tensors = {
            "model/weight": self._rng.normal(0, 0.1, (4, setup.classes)).astype(np.float32),
            "optimizer/momentum": np.zeros((4, setup.classes), np.float32),
        }

    def facts(self) -> dict[str, Any]:
        return {
            "parameters": 4 * self._classes,
            "device": self._setup.device,
            "precision": "float32",
            "numpy": np.__version__,
        }

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        assert images.shape[1:3] == self._setup.size
        assert labels.shape == images.shape[:3]
        drawn = (self._rng.random(labels.shape) < 0.25) & (labels != 255)
        loss, gradient = self._loss(self._features(images)[drawn], labels[drawn])
        if math.isfinite(loss):
            momentum = self._tensors["optimizer/momentum"]
            momentum *= self._setup.hyper_parameters.momentum
            momentum += gradient
            self._tensors["model/weight"] -= np.float32(learning_rate) * momentum
        return loss

    def _loss(
        self, features: NDArray[np.float32], truth: NDArray[np.uint8]
    ) -> tuple[float, NDArray[np.float32]]:
        if truth.size == 0:
            return 0.0, np.zeros_like(self._tensors["model/weight"])
        logits = features @ self._tensors["model/weight"]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        rows = np.arange(truth.size)
        loss = -np.log(np.maximum(shares[rows, truth], 1e-9)).mean()
        shares[rows, truth] -= 1
        return float(loss), features.T @ shares / truth.size

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        features = self._features(images)
        known = labels != 255
        loss, _ = self._loss(features[known], labels[known])
        return loss, (features @ self._tensors["model/weight"]).argmax(axis=-1).astype(np.uint8)

    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits = self._features(image[None]) @ self._tensors["model/weight"]
        return logits.transpose(0, 3, 1, 2)

    def _features(self, images: Images) -> NDArray[np.float32]:
        values = images.astype(np.float32) / 127.5 - 1
        return np.concatenate([values, np.ones_like(values[..., :1])], axis=-1)

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return self._tensors, {"rng": self._rng.bit_generator.state}

    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        self._take(tensors)
        self._rng.bit_generator.state = values["rng"]

    def load_weights(self, path: Path) -> None:
        self._take(self._tensors | load_file(path))

    def start_from(self, weights: InitialWeights, classes: Sequence[str]) -> WeightsReport:
        tensors = load_file(weights.path)
        own = self._tensors["model/weight"]
        layout = Layout({"model/weight": own.shape}, encoder=(), head={"model/weight": 1})
        plan = plan_of(layout, {name: one.shape for name, one in tensors.items()}, weights, classes)
        for name, source in plan.whole.items():
            self._tensors[name] = np.array(tensors[source])
        for name, (source, axis) in plan.rows.items():
            assert axis == 1
            for row, theirs in plan.kept:
                self._tensors[name][:, row] = tensors[source][:, theirs]
        return plan.report

    def _take(self, tensors: dict[str, NDArray[Any]]) -> None:
        for name, present in self._tensors.items():
            if name not in tensors or tensors[name].shape != present.shape:
                raise Corrupt(f"{name} does not fit the network.")
        self._tensors = {name: np.array(tensors[name]) for name in self._tensors}

    def save_weights(self, folder: Path) -> str:
        save_file({"model/weight": self._tensors["model/weight"]}, folder / WEIGHTS)
        return WEIGHTS

    def inference_module(self) -> Any:
        return self.predict


ENGINE = NumpyEngine
