"""The gluoncv engine: MXNet 1.9.1 with GluonCV's networks, hybridized, float32."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.engines.base import Engine, Images, Labels, Setup
from training_api.engines.gluoncv_adamw import adamw
from training_api.engines.gluoncv_batch_norm import freeze_on_single_values
from training_api.engines.gluoncv_import import import_mxnet
from training_api.engines.gluoncv_inference import GluonInference
from training_api.engines.gluoncv_initial import freeze_encoder, take_over
from training_api.engines.gluoncv_state import GluonState
from training_api.spec.errors import Corrupt
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preprocessing import normalised
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

AUX_WEIGHT = 0.5
WEIGHTS = "model_best.params"


class GluonEngine(Engine):
    """See Engine. The random state is set from seed and step, so that a resume repeats nothing."""

    name = EngineName.gluoncv

    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        self._mx = import_mxnet(setup.cpus, setup.use_mkl)
        self._setup = setup
        self.preprocessing = setup.preprocessing
        self._context = self._mx.cpu() if setup.device == "cpu" else self._mx.gpu(0)
        self._mx.random.seed(setup.hyper_parameters.seed)
        np.random.seed(setup.hyper_parameters.seed)  # MXNet's initialisers draw from NumPy
        self._build = lambda classes: _built(network, classes, setup.size)
        self._net = self._build(setup.classes)
        self._net.initialize(self._mx.init.Xavier(), ctx=self._context, force_reinit=True)
        if setup.freeze_backbone:
            freeze_encoder(self._net)
        self._inference = GluonInference(self._mx, self._net, setup.size, setup.preprocessing)
        batch = (setup.hyper_parameters.batch_size, 3, *setup.size)
        freeze_on_single_values(self._mx, self._net, self._mx.nd.zeros(batch, ctx=self._context))
        self._net.hybridize(static_alloc=True)
        self._loss = loss.build(EngineName.gluoncv, setup.class_shares, setup.class_frequencies)
        self._trainer = self._mx.gluon.Trainer(
            self._net.collect_params(), self._optimizer(), kvstore=None
        )
        self._state = GluonState(self._mx, self._net, self._trainer, self._context)
        self._steps = 0
        self._statistics = [
            entry
            for name, entry in self._net.collect_params().items()
            if name.endswith(("running_mean", "running_var"))
        ]

    def _optimizer(self) -> Any:
        values = self._setup.hyper_parameters
        common = {"learning_rate": values.learning_rate, "wd": values.weight_decay}
        if values.optimizer == "sgd":
            return self._mx.optimizer.SGD(momentum=values.momentum, **common)
        # GluonCV's heads ask for ten times the rate, which is made for SGD on a trained encoder.
        self._net.collect_params().setattr("lr_mult", 1.0)
        if values.optimizer == "adam":
            return self._mx.optimizer.Adam(beta1=values.momentum, **common)
        return adamw(self._mx, beta1=values.momentum, **common)

    def facts(self) -> dict[str, Any]:
        """See Engine."""
        parameters = self._net.collect_params().values()
        return {
            "parameters": int(sum(np.prod(entry.shape) for entry in parameters)),
            "device": self._setup.device,
            "precision": "float32",
            "mxnet": self._mx.__version__,
        }

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        """See Engine."""
        self._mx.random.seed((self._setup.hyper_parameters.seed * 1_000_003 + self._steps) % 2**31)
        self._inference.fit(self._setup.size)
        truth = self._mx.nd.array(labels, ctx=self._context, dtype="float32")
        statistics = [(entry, entry.data().copy()) for entry in self._statistics]
        with self._mx.autograd.record():
            outputs = self._net(self._network_input(images))
            loss = self._total_loss(outputs, truth)
        loss.backward()
        value = float(loss.asscalar())
        if math.isfinite(value) and self._clip():
            self._trainer.set_learning_rate(learning_rate)
            self._trainer.step(1)
            self._steps += 1
            return value
        for entry, before in statistics:  # the forward pass has updated them already
            entry.set_data(before)
        return value if not math.isfinite(value) else math.nan

    def _total_loss(self, outputs: Any, truth: Any) -> Any:
        main, *auxiliary = outputs
        loss = self._loss(main, truth)
        for output in auxiliary:
            loss = loss + AUX_WEIGHT * self._loss(output, truth)
        return loss

    def _clip(self) -> bool:
        """Scale the gradients to the largest norm; False if they are not finite."""
        gradients = [p.grad() for p in self._net.collect_params().values() if p.grad_req != "null"]
        largest = self._setup.hyper_parameters.gradient_clip or math.inf
        norm = self._mx.gluon.utils.clip_global_norm(gradients, largest, check_isfinite=False)
        return bool(np.isfinite(norm.asscalar()))

    def _network_input(self, images: Images) -> Any:
        rules = self._setup.preprocessing
        batch = np.concatenate([normalised(image, rules) for image in images])
        return self._mx.nd.array(batch, ctx=self._context, dtype="float32")

    def _logits(self, images: Images) -> Any:
        """N×C×H×W logits at the images' own resolution."""
        return self._inference(self._network_input(images), *images.shape[1:3])

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        """See Engine."""
        logits = self._logits(images)
        truth = self._mx.nd.array(labels, ctx=self._context, dtype="float32")
        loss = float(self._loss(logits, truth).asscalar())
        masks: Labels = logits.argmax(axis=1).asnumpy().astype(np.uint8)
        return loss, masks

    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See Engine."""
        logits: NDArray[np.float32] = self._logits(image[None]).asnumpy()
        return logits

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """See Engine."""
        return self._state.tensors(), self._state.values() | {"steps": self._steps}

    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        """See Engine."""
        self._state.restore(tensors, values)
        self._steps = values["steps"]

    def load_weights(self, path: Path) -> None:
        """See Engine."""
        try:
            self._net.load_parameters(str(path), ctx=self._context)
        except (AssertionError, ValueError, self._mx.base.MXNetError) as error:
            raise Corrupt(f"{path} does not fit the network: {error}") from error

    def start_from(self, weights: InitialWeights, classes: Sequence[str]) -> WeightsReport:
        """See Engine."""
        return take_over(self._mx, self._net, self._build, weights, classes)

    def save_weights(self, folder: Path) -> str:
        """See Engine."""
        self._net.save_parameters(str(folder / WEIGHTS))
        return WEIGHTS

    def inference_module(self) -> Any:
        """A GluonInference: takes values and their size, as its network's graph holds sizes."""
        return self._inference


def _built(network: Any, classes: int, size: tuple[int, int]) -> Any:
    """The network without what PSPNet prints (its crop size)."""
    with contextlib.redirect_stdout(io.StringIO()):
        return network.build(classes, size)


ENGINE = GluonEngine
