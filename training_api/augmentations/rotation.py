"""Random rotation."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from pydantic import Field

from training_api.augmentations.base import Frame, Geometric, Matrix, probability_field
from training_api.spec.closed import Closed


class Options(Closed):
    """How far and how often."""

    degrees: float = Field(
        10.0,
        title="Degrees",
        description="Largest angle, to either side. Where a turned image leaves corners empty, "
        "they are ignored.",
        gt=0,
        le=180,
        json_schema_extra={"unit": "°", "step": 1},
    )
    probability: float = probability_field()


class Rotation(Geometric):
    """A turn about the window's middle, uniform between both largest angles."""

    name = "rotation"
    title = "Rotation"
    summary = "Images are turned by a random angle."
    Options = Options

    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """See Geometric."""
        if not self.happens(rng):
            return matrix
        return turn(rng.uniform(-self.options.degrees, self.options.degrees), frame) @ matrix


def turn(degrees: float, frame: Frame) -> Matrix:
    """The window turned clockwise, as seen: y points down."""
    height, width = frame.window
    x, y = (width - 1) / 2, (height - 1) / 2
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(
        [[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y], [0, 0, 1]]
    )


AUGMENTATION = Rotation
