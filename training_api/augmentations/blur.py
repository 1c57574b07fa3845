"""Random blur."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from pydantic import Field, ValidationInfo, field_validator

from training_api.augmentations.base import Pixels, Retouching, not_below, probability_field
from training_api.spec.closed import Closed


class Options(Closed):
    """How strong and how often."""

    smallest: float = Field(
        0.1,
        title="Smallest",
        description="Standard deviation of the weakest blur.",
        gt=0,
        le=20,
        json_schema_extra={"unit": "pixels", "step": 0.1},
    )
    largest: float = Field(
        2.0,
        title="Largest",
        description="Standard deviation of the strongest blur.",
        gt=0,
        le=20,
        json_schema_extra={"unit": "pixels", "step": 0.1},
    )
    probability: float = probability_field(0.5)

    @field_validator("largest")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        return not_below("smallest", value, info)


class Blur(Retouching):
    """A Gaussian blur of random width, uniform in its standard deviation.

    The default range is that of Chen, Kornblith, Norouzi, Hinton, SimCLR, 2020.
    """

    name = "blur"
    title = "Blur"
    summary = "Images lose their sharpness, as out of focus."
    Options = Options

    def retouched(self, image: Pixels, label: Pixels, rng: Generator) -> tuple[Pixels, Pixels]:
        """See Retouching."""
        if not self.happens(rng):
            return image, label
        import cv2

        sigma = rng.uniform(self.options.smallest, self.options.largest)
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8), label


AUGMENTATION = Blur
