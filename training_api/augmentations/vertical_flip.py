"""Vertical flip."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training_api.augmentations.base import Frame, Geometric, Matrix, probability_field
from training_api.spec.closed import Closed


class Options(Closed):
    """How often."""

    probability: float = probability_field(0.5)


class VerticalFlip(Geometric):
    """The window mirrored: top becomes bottom."""

    name = "vertical_flip"
    title = "Vertical flip"
    summary = "Up and down are exchanged; for views from above."
    Options = Options

    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """See Geometric."""
        if not self.happens(rng):
            return matrix
        mirror: Matrix = np.array([[1, 0, 0], [0, -1, frame.window[0] - 1], [0, 0, 1]])
        return mirror @ matrix


AUGMENTATION = VerticalFlip
