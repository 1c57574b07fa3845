"""What an engine does; the loop sees NumPy arrays only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from training_api.spec.errors import SegsmithError
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.model import Preprocessing
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

Images = NDArray[np.uint8]
"""N×H×W×3, RGB."""
Labels = NDArray[np.uint8]
"""N×H×W class ids; 255 is ignored."""


WARM_UP = 10
"""An average of weights forgets the random start within about so many steps."""


def averaging_decay(decay: float, steps: int) -> float:
    """What an average of weights keeps of itself after its step number `steps`, from 0.

    average = d · average + (1 - d) · weights with d = min(decay, (1 + t) / (10 + t)): Tarvainen,
    Valpola, "Mean teachers are better role models", 2017; the slow start is that of TensorFlow's
    ExponentialMovingAverage.
    """
    return min(decay, (1 + steps) / (WARM_UP + steps))


@dataclass(frozen=True)
class Rank:
    """A process among the `count` that train one network; they meet in `folder`."""

    number: int
    count: int
    folder: str


@dataclass(frozen=True)
class Setup:
    """What an engine needs to know about the run. `size` is the training input, (height, width);
    `class_shares` are the classes' shares of the training pixels, 0..1, and `class_frequencies`
    their shares of the training images that hold them (the same if not given). `devices` are
    "cpu" or the UUIDs of GPUs, which share each batch evenly. `rank_command` starts a process with
    the same network and loss, for an engine that needs one for each device; `rank` is its place.
    `fatal` is told of what makes the engine end this very process, as no step can return any more.
    """

    class_shares: Sequence[float]
    size: tuple[int, int]
    hyper_parameters: HyperParameters
    preprocessing: Preprocessing
    devices: Sequence[str] = ("cpu",)
    cpus: int = 1
    use_mkl: bool = True
    class_frequencies: Sequence[float] = ()
    freeze_backbone: bool = False
    rank_command: Sequence[str] = ()
    rank: Rank | None = None
    fatal: Callable[[SegsmithError], None] | None = None

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.class_shares)

    @property
    def device(self) -> str:
        """The first one."""
        return self.devices[0]


class Engine(ABC):
    """Trains and applies one network. Deterministic on a CPU for a given seed."""

    name: ClassVar[EngineName]
    preprocessing: Preprocessing  # the rules that `predict` follows; set by __init__
    ends_by_fault: bool = False  # True if no step can follow one that raised

    @abstractmethod
    def __init__(self, network: Any, loss: Any, setup: Setup) -> None:
        """Build network, loss and optimizer (objects with `build`, see networks and losses)."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """`parameters` (count), `device`, `precision`, and the framework's name and version."""

    @abstractmethod
    def train_step(self, images: Images, labels: Labels, learning_rate: float) -> float:
        """One optimizer step on images of the training size; their mean loss.

        More images than the batch size are taken in several passes whose gradients are added up.
        A loss that is not finite is returned as it is and changes no weight.
        """

    def close(self) -> None:
        """No step will follow: let go of what only steps need."""
        return None

    @abstractmethod
    def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
        """(mean loss, predicted masks N×H×W) at label resolution, by the inference rules."""

    @abstractmethod
    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """1×C×H×W logits of one H×W×3 image at its own resolution, by the inference rules."""

    @abstractmethod
    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """(tensors, JSON values) that continue the run exactly: `model/…`, `optimizer/…`, RNG."""

    @abstractmethod
    def restore(self, tensors: dict[str, NDArray[Any]], values: dict[str, Any]) -> None:
        """Load what `state` gave. Raises Corrupt naming tensors that do not fit."""

    @abstractmethod
    def load_weights(self, path: Path) -> None:
        """Load a published model's weights file. Raises Corrupt naming tensors that do not fit."""

    @abstractmethod
    def start_from(self, weights: InitialWeights, classes: Sequence[str]) -> WeightsReport:
        """Take first weights over, before step 1; `classes` are the job's, by name.

        The head is made anew where the classes differ. Raises UnfitWeights with the report when a
        tensor that should be taken over cannot be (none is then), InvalidSpec or Corrupt.
        """

    @abstractmethod
    def save_weights(self, folder: Path) -> str:
        """Write the weights into `folder` and return the file's name."""

    @abstractmethod
    def inference_module(self) -> Any:
        """The framework's module from normalised N×3×H×W to logits N×C×H×W, for exports."""
