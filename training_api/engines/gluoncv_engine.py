"""The gluoncv engine: MXNet 1.9.1 with GluonCV's networks, hybridized, data parallel."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.engines.base import Engine, Images, Labels, Setup
from training_api.engines.gluoncv_average import GluonAverage
from training_api.engines.gluoncv_batch_norm import freeze_on_single_values
from training_api.engines.gluoncv_import import import_mxnet
from training_api.engines.gluoncv_inference import GluonInference
from training_api.engines.gluoncv_initial import freeze_encoder, take_over
from training_api.engines.gluoncv_learner import GluonLearner
from training_api.engines.gluoncv_precision import Format, training_network
from training_api.engines.gluoncv_resize import Resizing
from training_api.engines.gluoncv_state import GluonState
from training_api.spec.errors import Corrupt
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preprocessing import scale_and_shift
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

WEIGHTS = "model_best.params"


class GluonEngine(Engine):
    """See Engine. The random state is set from seed and step, so that a resume repeats nothing.

    Steps run in bfloat16 where the processor is fast at it; inference is float32.
    """

    name = EngineName.gluoncv

    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        self._mx = import_mxnet(setup.cpus, setup.use_mkl)
        self._setup = setup
        self.preprocessing = setup.preprocessing
        self._contexts = _contexts(self._mx, setup.devices)
        self._mx.random.seed(setup.hyper_parameters.seed)
        np.random.seed(setup.hyper_parameters.seed)  # MXNet's initialisers draw from NumPy
        self._build = lambda classes: _built(network, classes, setup.size)
        self._net = self._build(setup.classes)
        self._net.initialize(self._mx.init.Xavier(), ctx=self._contexts, force_reinit=True)
        if setup.freeze_backbone:
            freeze_encoder(self._net)
        resizing = Resizing(self._net, setup.size)
        batch = (setup.hyper_parameters.batch_size, 3, *setup.size)
        sample = self._mx.nd.zeros(batch, ctx=self._contexts[0])
        freeze_on_single_values(self._mx, self._net, sample)
        self._net.hybridize(static_alloc=True, static_shape=True)
        self._loss = loss.build(EngineName.gluoncv, setup.class_shares, setup.class_frequencies)
        self._result, average = self._net, None
        if setup.hyper_parameters.ema:
            self._result, resizing = self._averaged()
            average = GluonAverage(
                self._mx, self._net, self._result, self._contexts[0], setup.hyper_parameters.ema
            )
        self._inference = GluonInference(self._mx, self._result, resizing, setup.preprocessing)
        weights = (1.0, *network.auxiliary_weights)
        learning = (self._outputs, setup.hyper_parameters, average)
        self._learner = GluonLearner(
            self._mx, self._net, self._contexts, self._loss, weights, *learning
        )
        self._replicas = self._learner.replicas
        self._state = GluonState(self._net, self._learner.trainer, self._contexts, average)
        scale, shift = scale_and_shift(setup.preprocessing)
        self._scale, self._shift = self._mx.nd.array(scale), self._mx.nd.array(shift)

    def _averaged(self) -> tuple[Any, Resizing]:
        """A second network of the same kind, which only predicts."""
        network = self._build(self._setup.classes)
        resizing = Resizing(network, self._setup.size)
        network.hybridize(static_alloc=True, static_shape=True)
        return network, resizing

    def facts(self) -> dict[str, Any]:
        """See Engine."""
        learnt = (p for p in self._net.collect_params().values() if p.grad_req != "null")
        devices = self._setup.devices
        return {
            "parameters": int(sum(np.prod(entry.shape) for entry in learnt)),
            "device": devices[0] if len(devices) == 1 else f"{len(devices)} × {devices[0]}",
            "precision": self._training[1],
            "mxnet": self._mx.__version__,
        }

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        """See Engine."""
        return self._learner.step(images, labels, learning_rate)

    @cached_property
    def _training(self) -> tuple[Any, Format]:
        """The network of training passes and its format; an engine that predicts needs none."""
        return training_network(self._mx, self._net, self._setup)

    def _outputs(self, pixels: Any) -> Any:
        """The main output and the auxiliary ones of a training pass over N×H×W×3 uint8."""
        outputs = self._training[0](self._normalised(pixels))
        return outputs if isinstance(outputs, list | tuple) else [outputs]

    def _normalised(self, pixels: Any) -> Any:
        """N×H×W×3 uint8 to N×3×H×W, by the arithmetic of `preprocessing.normalised`."""
        scale, shift = (one.as_in_context(pixels.context) for one in (self._scale, self._shift))
        values = self._mx.nd.broadcast_mul(pixels.astype("float32"), scale)
        return self._mx.nd.broadcast_sub(values, shift).transpose((0, 3, 1, 2))

    def _logits(self, images: Images) -> Any:
        """N×C×H×W logits at the images' own resolution, computed on the first device."""
        self._replicas.agree()
        pixels = self._mx.nd.array(images, ctx=self._contexts[0], dtype="uint8")
        return self._inference(self._normalised(pixels), *images.shape[1:3])

    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        """See Engine.

        Inference lets oneDNN rearrange the weights in memory, even after its result is there; who
        reads them meanwhile gets rubbish. So no method returns before all work is done.
        """
        logits = self._logits(images)
        truth = self._mx.nd.array(labels, ctx=self._contexts[0], dtype="float32")
        loss = float(self._loss(logits, truth).asscalar())
        masks: Labels = logits.argmax(axis=1).asnumpy().astype(np.uint8)
        self._mx.nd.waitall()
        return loss, masks

    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See Engine."""
        logits: NDArray[np.float32] = self._logits(image[None]).asnumpy()
        self._mx.nd.waitall()
        return logits

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """See Engine."""
        self._replicas.agree()
        return self._state.tensors(), self._state.values() | {"steps": self._learner.steps}

    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        """See Engine."""
        self._state.restore(tensors, values)
        self._learner.steps = values["steps"]

    def load_weights(self, path: Path) -> None:
        """See Engine."""
        try:
            self._net.load_parameters(str(path), ctx=self._contexts)
        except (AssertionError, ValueError, self._mx.base.MXNetError) as error:
            raise Corrupt(f"{path} does not fit the network: {error}") from error
        self._begin_anew()

    def start_from(self, weights: InitialWeights, classes: Sequence[str]) -> WeightsReport:
        """See Engine."""
        report = take_over(self._mx, self._net, self._build, weights, classes)
        self._begin_anew()
        return report

    def _begin_anew(self) -> None:
        """Let an average forget what the network was before its weights were replaced."""
        if self._learner.average is not None:
            self._learner.average.begin_anew()

    def save_weights(self, folder: Path) -> str:
        """See Engine."""
        self._replicas.agree()
        self._result.save_parameters(str(folder / WEIGHTS))
        return WEIGHTS

    def inference_module(self) -> Any:
        """A GluonInference: takes values and their size, which exported graphs hold."""
        self._replicas.agree()
        return self._inference


def _built(network: Any, classes: int, size: tuple[int, int]) -> Any:
    """The network without what PSPNet prints (its crop size)."""
    with contextlib.redirect_stdout(io.StringIO()):
        return network.build(classes, size)


def _contexts(mx: Any, devices: Sequence[str]) -> list[Any]:
    """One per device; GPUs are those in CUDA_VISIBLE_DEVICES, from 0."""
    return [mx.cpu(n) if name == "cpu" else mx.gpu(n) for n, name in enumerate(devices)]


ENGINE = GluonEngine
