"""What an augmentation file declares: one of the three kinds, and the options that they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo

from training_api.augmentations.colours import Colours
from training_api.spec.closed import Closed

Matrix = NDArray[np.float64]
"""3×3, from the scaled image's (x, y, 1) to the window's."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """(height, width) of the scaled image and of the window that the network is shown."""

    image: tuple[int, int]
    window: tuple[int, int]


class Augmentation(ABC):
    """A random change of training samples; validation is never changed.

    The form, the CLI flags and the API's checks come from `Options`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    Options: ClassVar[type[Closed]]

    def __init__(self, options: Closed) -> None:
        self.options: Any = options

    def happens(self, rng: Generator) -> bool:
        """Whether this sample is changed; what always happens draws no number."""
        probability = self.options.probability
        return bool(probability == 1 or rng.random() < probability)


class Geometric(Augmentation):
    """Moves image and label: all of this kind become one warp, labels to the nearest pixel."""

    @abstractmethod
    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """The view `matrix` changed for one sample."""


class Recolouring(Augmentation):
    """Changes colours: all of this kind become one affine map of RGB."""

    @abstractmethod
    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """The change of `colours` changed for one sample."""


class Retouching(Augmentation):
    """Changes pixels of the window, one augmentation after the other."""

    @abstractmethod
    def retouched(self, image: Pixels, label: Pixels, rng: Generator) -> tuple[Pixels, Pixels]:
        """H×W×3 image and H×W label of one sample, as new arrays where they change."""


def probability_field(default: float = 1.0) -> Any:
    """How often samples are changed."""
    return Field(
        default,
        title="Probability",
        description="Share of the samples that are changed.",
        ge=0,
        le=1,
        json_schema_extra={"step": 0.05},
    )


def change_field(quality: str) -> Any:
    """The largest relative change of brightness, contrast or saturation."""
    return Field(
        0.2,
        title="Change",
        description=f"Largest relative change of {quality}: 0.2 gives 0.8 to 1.2 times as much.",
        gt=0,
        le=1,
        json_schema_extra={"step": 0.05},
    )


def not_below(other: str, value: float, info: ValidationInfo) -> float:
    """For the upper end of a range: refuses a value below the field `other`."""
    low = info.data.get(other)
    if low is not None and value < low:
        raise ValueError(f"must not be below {other} ({low:g})")
    return value
