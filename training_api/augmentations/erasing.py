"""Random erasing."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field, ValidationInfo, field_validator

from training_api.augmentations.base import Pixels, Retouching, not_below, probability_field
from training_api.spec.closed import Closed
from training_api.spec.dataset import IGNORE

_FLATTEST = 0.3  # height over width, and the other way round; Zhong et al.


class Options(Closed):
    """How much, how often, and what becomes of the label."""

    smallest: float = Field(
        2.0,
        title="Smallest",
        description="Smallest share of the image that is erased.",
        gt=0,
        le=100,
        json_schema_extra={"unit": "%", "step": 1},
    )
    largest: float = Field(
        20.0,
        title="Largest",
        description="Largest share of the image that is erased.",
        gt=0,
        le=100,
        json_schema_extra={"unit": "%", "step": 1},
    )
    label: Literal["ignore", "keep"] = Field(
        "ignore",
        title="Label",
        description="ignore: what is hidden does not count. keep: it must be guessed from around.",
    )
    probability: float = probability_field(0.5)

    @field_validator("largest")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        return not_below("smallest", value, info)


class Erasing(Retouching):
    """A rectangle of random place, size and shape is filled with random values.

    Zhong, Zheng, Kang, Li, Yang, Random Erasing Data Augmentation, 2020, with their random fill.
    They label whole images; of pixels, the hidden ones are ignored here as by French et al.,
    Semi-supervised semantic segmentation needs strong, varied perturbations, 2020, or kept as by
    mmsegmentation's RandomCutOut: a hidden defect cannot be seen, a hidden road can be guessed.
    """

    name = "erasing"
    title = "Random erasing"
    summary = "A rectangle is hidden, so that no single detail is relied on."
    Options = Options

    def retouched(self, image: Pixels, label: Pixels, rng: Generator) -> tuple[Pixels, Pixels]:
        """See Retouching."""
        if not self.happens(rng):
            return image, label
        part = self._rectangle(label.shape[0], label.shape[1], rng)
        image = image.copy()
        image[part] = rng.integers(0, 256, image[part].shape, np.uint8)
        if self.options.label == "ignore":
            label = label.copy()
            label[part] = IGNORE
        return image, label

    def _rectangle(self, height: int, width: int, rng: Generator) -> tuple[slice, slice]:
        """Rows and columns; a side that does not fit is cut to the image's."""
        share = rng.uniform(self.options.smallest, self.options.largest) / 100
        aspect = np.exp(rng.uniform(np.log(_FLATTEST), -np.log(_FLATTEST)))
        rows = _side(np.sqrt(share * height * width * aspect), height)
        columns = _side(np.sqrt(share * height * width / aspect), width)
        top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
        return slice(top, top + rows), slice(left, left + columns)


def _side(length: float, limit: int) -> int:
    return min(max(round(length), 1), limit)


AUGMENTATION = Erasing
