"""Random views of training samples, from the augmentations of a job."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import PCG64, Generator

from training_api.augmentations.base import (
    Augmentation,
    Frame,
    Geometric,
    Matrix,
    Recolouring,
    Retouching,
)
from training_api.augmentations.colours import Colours
from training_api.transforms.resize import Pixels, Size, centred, warped


def sample_rng(seed: int, epoch: int, index: int) -> Generator:
    """Random numbers of one sample in one epoch, whichever thread or attempt asks for them."""
    return Generator(PCG64([seed, epoch, index]))


class Variation:
    """Applies augmentations with one warp and one colour map, however many there are.

    Each draws its random numbers in turn; one that is not there draws none. Thread-safe.
    """

    def __init__(self, augmentations: Sequence[Augmentation] = ()) -> None:
        self._geometric = [entry for entry in augmentations if isinstance(entry, Geometric)]
        self._recolouring = [entry for entry in augmentations if isinstance(entry, Recolouring)]
        self._retouching = [entry for entry in augmentations if isinstance(entry, Retouching)]

    def view(
        self, image: Pixels, label: Pixels, size: Size, rng: Generator
    ) -> tuple[Pixels, Pixels]:
        """A random view of H×W×3 `image` and H×W `label` in a window of `size`.

        Where the window reaches beyond the image, the label is 255. Without augmentations it is
        the middle of the image, without a copy where it fits.
        """
        if self._geometric:
            image, label = warped(image, label, self._matrix(label, size, rng)[:2], size)
        else:
            image, label = centred(image, label, size)
        if self._recolouring:
            image = self._recoloured(image, rng)
        for augmentation in self._retouching:
            image, label = augmentation.retouched(image, label, rng)
        return image, label

    def _matrix(self, label: Pixels, size: Size, rng: Generator) -> Matrix:
        height, width = label.shape
        frame = Frame((height, width), size)
        matrix: Matrix = np.eye(3)
        matrix[:2, 2] = (size[1] - width) // 2, (size[0] - height) // 2
        for augmentation in self._geometric:
            matrix = augmentation.moved(matrix, frame, rng)
        return matrix

    def _recoloured(self, image: Pixels, rng: Generator) -> Pixels:
        colours = Colours()
        for augmentation in self._recolouring:
            colours = augmentation.recoloured(colours, rng)
        mean = float(image[::8, ::8].mean())  # a sparse mean is close enough to turn contrast about
        return np.asarray(cv2.transform(image, colours.matrix(mean)), np.uint8)
