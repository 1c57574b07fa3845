"""Random position of the window."""

from __future__ import annotations

from numpy.random import Generator

from training_api.augmentations.base import Frame, Geometric, Matrix
from training_api.spec.closed import Closed


class Options(Closed):
    """Random position has none: base size and crop size say how large the window is."""


class Crop(Geometric):
    """The window anywhere inside the image where it fits, else the image inside the window."""

    name = "crop"
    title = "Random crop"
    summary = "The part that is cut from the image lies anywhere instead of in its middle."
    Options = Options

    def moved(self, matrix: Matrix, frame: Frame, rng: Generator) -> Matrix:
        """See Geometric."""
        placed = matrix.copy()
        for axis, side in enumerate((1, 0)):  # x belongs to the width
            length = float(matrix[axis, axis]) * frame.image[side]
            placed[axis, 2] = _start(length, frame.window[side], rng)
        return placed


def _start(length: float, window: int, rng: Generator) -> float:
    """Where an image side of `length` begins in a window's side: free, but without waste."""
    slack = window - length
    return float(rng.uniform(min(0.0, slack), max(0.0, slack)))


AUGMENTATION = Crop
