"""A change of colours: one affine map of RGB, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GREY = (0.299, 0.587, 0.114)
"""ITU-R BT.601 luma of R, G and B."""


@dataclass(frozen=True)
class Colours:
    """x ↦ brightness · (contrast · mix x + (1 - contrast) · mean) + shift, for RGB x of 0..255.

    `mean` is the image's, so that contrast turns about it; `mix` keeps greys as they are.
    """

    brightness: float = 1.0
    contrast: float = 1.0
    mix: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    shift: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def matrix(self, mean: float) -> NDArray[np.float64]:
        """3×4, for an image of this mean value."""
        matrix = np.empty((3, 4))
        matrix[:, :3] = self.brightness * self.contrast * self.mix
        matrix[:, 3] = self.brightness * mean * (1 - self.contrast) + self.shift
        return matrix
