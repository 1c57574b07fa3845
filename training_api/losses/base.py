"""What a loss file declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Loss(ABC):
    """A training criterion with one implementation per engine that it supports."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    engines: ClassVar[frozenset[EngineName]]
    Options: ClassVar[type[Closed]]

    def __init__(self, options: Closed) -> None:
        self.options: Any = options

    @abstractmethod
    def build(
        self, engine: EngineName, shares: Sequence[float], frequencies: Sequence[float] = ()
    ) -> Any:
        """A callable (logits N×C×H×W, labels N×H×W with 255 = ignore) → scalar mean loss.

        `shares` are the classes' shares of the training pixels; their count is C. `frequencies`
        are their shares of the images that hold them, the same as `shares` if not given.
        Labels are int64 tensors for torch and float32 arrays for gluoncv. Without a single
        labelled pixel the loss is 0 and teaches nothing.
        """
