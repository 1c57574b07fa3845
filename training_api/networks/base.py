"""What a network file declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from training_api.networks.encoder import Encoder
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Network(ABC):
    """A segmentation network: metadata for catalogue and form, and `build` for its engine.

    The form, the CLI flags and the API's checks come from `Options`; an encoder is always the
    option `backbone`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    engine: ClassVar[EngineName]
    summary: ClassVar[str]  # one plain sentence: what it is good for
    paper: ClassVar[str]  # authors, title, year
    licence: ClassVar[str]  # of the implementation that is used
    multiple: ClassVar[int] = 32  # sides of the network's input are multiples of this
    smallest: ClassVar[int] = 32  # smallest side that it can take
    auxiliary_weights: ClassVar[tuple[float, ...]] = (0.5,)  # of the outputs after the main one
    encoders: ClassVar[Mapping[str, Encoder]] = {}  # by the value of the option `backbone`
    Options: ClassVar[type[Closed]]

    def __init__(self, options: Closed) -> None:
        self.options: Any = options

    @property
    def encoder(self) -> Encoder | None:
        """What is known of the chosen backbone; None for a network with an encoder of its own."""
        return self.encoders.get(getattr(self.options, "backbone", ""))

    @classmethod
    def backbones(cls) -> tuple[str, ...]:
        """The values of the option `backbone`, as they are offered; empty without that option."""
        field = cls.Options.model_fields.get("backbone")
        return get_args(field.annotation) if field else ()

    @abstractmethod
    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """The randomly initialised framework module for training at `size` (height, width).

        Called in the engine's environment only; imports the framework inside. It maps
        N×3×H×W float32 to a list of logits N×classes×H×W: main output first, then auxiliary ones,
        which a gluoncv network may give at a smaller size.
        """
