"""Horizontal flip."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training_api.augmentations.base import Frame, Geometric, Matrix, probability_field
from training_api.spec.closed import Closed


class Options(Closed):
    """How often."""

    probability: float = probability_field(0.5)


class HorizontalFlip(Geometric):
    """The window mirrored: left becomes right."""

    name = "horizontal_flip"
    title = "Horizontal flip"
    summary = "Left and right are exchanged; leave it out where they differ in meaning."
    Options = Options

    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """See Geometric."""
        if not self.happens(rng):
            return matrix
        mirror: Matrix = np.array([[-1, 0, frame.window[1] - 1], [0, 1, 0], [0, 0, 1]])
        return mirror @ matrix


AUGMENTATION = HorizontalFlip
