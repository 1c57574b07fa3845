"""The torch engine: channels_last, bfloat16 where the processor is fast at it, fused optimizers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import training_api.engines.torch_environment  # noqa: F401 (before torch is loaded)

# isort: split
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from training_api.engines.base import Engine, Images, Labels, Setup
from training_api.engines.torch_batch_norm import freeze_on_single_values
from training_api.engines.torch_compile import compiled
from training_api.engines.torch_device import device_name, torch_device
from training_api.engines.torch_group import Group
from training_api.engines.torch_inference import InferenceModule
from training_api.engines.torch_initial import frozen_encoder, take_over
from training_api.engines.torch_learner import Learner
from training_api.engines.torch_memory import keep_freed_memory
from training_api.engines.torch_precision import chosen_format
from training_api.engines.torch_ranks import Ranks
from training_api.engines.torch_state import (
    load_weights,
    random_digest,
    restore_state,
    state_of,
    weights_of,
)
from training_api.spec.dataset import IGNORE
from training_api.spec.errors import Corrupt
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

WEIGHTS = "weights.safetensors"


class TorchEngine(Engine):
    """See Engine. Steps run in the chosen precision over float32 weights; inference is float32,
    as in the exported model, so that both give the same masks.
    """

    name = EngineName.torch

    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        torch.backends.mkldnn.enabled = setup.use_mkl
        self._device = torch_device(setup.device)
        self._devices = len(setup.devices)
        self._ranks: Ranks | None = None
        if self._devices > 1:
            precision = chosen_format(setup.hyper_parameters.precision, self._device)
            self._ranks = Ranks(setup, precision)
            self.ends_by_fault = True  # the others wait in the middle of an exchange
            setup = self._ranks.own
        try:
            self._build_up(network, loss, setup)
        except BaseException:
            if self._ranks is not None:
                self._ranks.close(at_once=True)
            raise

    def _build_up(self, network: Any, loss: Any, setup: Setup) -> None:
        """Network, loss and optimizer of this process, when all others have theirs too."""
        values, rules = setup.hyper_parameters, setup.preprocessing
        self.preprocessing = rules
        keep_freed_memory()
        torch.set_num_threads(setup.cpus)
        torch.manual_seed(values.seed)
        self._network = network.build(setup.classes, setup.size)
        group = Group(setup.rank, self._device) if setup.rank else None
        if group is not None:
            self._network = group.synchronised(self._network)
        self._network.to(self._device, memory_format=torch.channels_last)
        self._build = lambda classes: network.build(classes, setup.size)
        frozen = frozen_encoder(self._network) if setup.freeze_backbone else None
        freeze_on_single_values(self._network)
        self._loss = loss.build(EngineName.torch, setup.class_shares, setup.class_frequencies)
        self._learner = Learner(self._network, self._loss, values, self._device, frozen)
        if group is not None:
            self._meet(group)
        if values.compile:
            self._learner.passes = compiled(self._learner.passes, self._device)
        self._batch_size = values.batch_size
        self._parted = False  # rank 0 has weights that the others do not
        self._inference = InferenceModule(self._learner.result, rules).eval()
        mean = torch.tensor(rules.mean, device=self._device)[:, None, None]
        std = torch.tensor(rules.std, device=self._device)[:, None, None]
        self._scale, self._shift = 1 / (255 * std), mean / std

    def _meet(self, group: Group) -> None:
        """Go on when all processes have built their networks."""
        if self._ranks is None:
            group.tell_ready()
            self._learner.passes = group.joined(self._network)
        else:
            self._ranks.await_all(group.store)
            with self._ranks.together():
                self._learner.passes = group.joined(self._network)
        self._learner.group = group

    def close(self) -> None:
        """See Engine. The processes of further devices end."""
        if self._ranks is not None:
            self._ranks.close()
            self._learner.group.leave()

    def facts(self) -> dict[str, Any]:
        """See Engine."""
        name = device_name(self._device)
        return {
            "parameters": sum(parameter.numel() for parameter in self._network.parameters()),
            "device": name if self._devices == 1 else f"{self._devices} × {name}",
            "precision": self._learner.precision.format,
            "torch": torch.__version__,
        }

    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        """See Engine. Gradients that are not finite count as a loss that is not (NaN)."""
        if self._ranks is None:
            return self._own_step(images, labels, learning_rate)
        if self._parted:
            self._ranks.restore(*self.state())
            self._parted = False
        seed = random_digest(self._device)
        return self._ranks.step(images, labels, learning_rate, seed, self._own_step)

    def seed(self, seed: int) -> None:
        """Draw random numbers from here on; rank 0 draws those that its own state leads to."""
        torch.manual_seed(seed)

    def _own_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        count = -(-len(images) // self._batch_size)
        pieces = zip(np.array_split(images, count), np.array_split(labels, count), strict=True)
        parts = ((self._network_input(part), self._truth(truth)) for part, truth in pieces)
        return self._learner.step(parts, count, learning_rate)

    def _network_input(self, images: Images) -> torch.Tensor:
        """N×H×W×3 uint8 to normalised N×3×H×W: the same order in memory, that is channels_last.

        The arithmetic is that of `training_api.spec.preprocessing.normalised`.
        """
        pixels = torch.tensor(images, device=self._device).permute(0, 3, 1, 2)
        return pixels.float().mul_(self._scale).sub_(self._shift)

    def _truth(self, labels: Labels) -> torch.Tensor:
        return torch.tensor(labels, device=self._device).long()

    @torch.inference_mode()
    def _logits(self, images: Images) -> torch.Tensor:
        self._inference.eval()
        logits: torch.Tensor = self._inference(self._network_input(images))
        return logits

    @torch.inference_mode()
    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        """See Engine. Without a single labelled pixel the loss is NaN."""
        logits = self._logits(images)
        labelled = bool((labels != IGNORE).any())
        loss = float(self._loss(logits, self._truth(labels))) if labelled else math.nan
        masks: Labels = logits.argmax(1).to(torch.uint8).cpu().numpy()
        return loss, masks

    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See Engine."""
        logits: NDArray[np.float32] = self._logits(image[None]).contiguous().cpu().numpy()
        return logits

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """See Engine."""
        return state_of(self._learner, self._device), self._learner.values()

    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        """See Engine."""
        restore_state(self._learner, self._device, tensors)
        self._learner.restore(values)
        self._parted = True

    def load_weights(self, path: Path) -> None:
        """See Engine."""
        try:
            tensors = load_file(path)
        except (SafetensorError, OSError) as error:
            raise Corrupt(f"{path} cannot be read as weights ({error}). Get it again.") from error
        load_weights(self._network, tensors)
        self._begin_anew()

    def start_from(self, weights: InitialWeights, classes: Sequence[str]) -> WeightsReport:
        """See Engine."""
        report = take_over(self._network, self._build, weights, classes)
        self._begin_anew()
        return report

    def _begin_anew(self) -> None:
        """The weights were replaced."""
        self._learner.begin_anew()
        self._parted = True

    def save_weights(self, folder: Path) -> str:
        """See Engine."""
        save_file(weights_of(self._learner.result), folder / WEIGHTS)
        return WEIGHTS

    def inference_module(self) -> InferenceModule:
        """See Engine; in evaluation mode and float32, on the engine's device."""
        return self._inference.eval()


ENGINE = TorchEngine
