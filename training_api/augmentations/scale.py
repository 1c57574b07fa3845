"""Random scale."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from pydantic import Field, ValidationInfo, field_validator

from training_api.augmentations.base import (
    Frame,
    Geometric,
    Matrix,
    not_below,
    probability_field,
)
from training_api.spec.closed import Closed


class Options(Closed):
    """The range of the zoom."""

    smallest: float = Field(
        0.75,
        title="Smallest",
        description="Smallest zoom; 0.5 shows everything at half its size.",
        ge=0.1,
        le=10,
        json_schema_extra={"step": 0.05},
    )
    largest: float = Field(
        1.33,
        title="Largest",
        description="Largest zoom; 2 shows everything at twice its size.",
        ge=0.1,
        le=10,
        json_schema_extra={"step": 0.05},
    )
    probability: float = probability_field()

    @field_validator("largest")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        return not_below("smallest", value, info)


class Scale(Geometric):
    """A zoom about the window's middle, log-uniform: half and double size are equally likely."""

    name = "scale"
    title = "Scale"
    summary = "Objects appear larger or smaller."
    Options = Options

    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """See Geometric."""
        if not self.happens(rng):
            return matrix
        low, high = self.options.smallest, self.options.largest
        zoom = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        height, width = frame.window
        x, y = (width - 1) / 2 * (1 - zoom), (height - 1) / 2 * (1 - zoom)
        return np.array([[zoom, 0, x], [0, zoom, y], [0, 0, 1]]) @ matrix


AUGMENTATION = Scale
