"""Random noise."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator

from training_api.augmentations.base import Pixels, Retouching, not_below, probability_field
from training_api.spec.closed import Closed

_LEVELS = 4096


class Options(Closed):
    """How strong and how often."""

    smallest: float = Field(
        1.0,
        title="Smallest",
        description="Standard deviation of the weakest noise.",
        ge=0,
        le=255,
        json_schema_extra={"unit": "grey levels", "step": 1},
    )
    largest: float = Field(
        10.0,
        title="Largest",
        description="Standard deviation of the strongest noise.",
        gt=0,
        le=255,
        json_schema_extra={"unit": "grey levels", "step": 1},
    )
    probability: float = probability_field(0.5)

    @field_validator("largest")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        return not_below("smallest", value, info)


class Noise(Retouching):
    """Gaussian noise of its own in every pixel and channel; its strength is uniform."""

    name = "noise"
    title = "Noise"
    summary = "Pixels flicker, as in a dark or cheap camera."
    Options = Options

    def retouched(self, image: Pixels, label: Pixels, rng: Generator) -> tuple[Pixels, Pixels]:
        """See Retouching."""
        if not self.happens(rng):
            return image, label
        import cv2

        deviation = rng.uniform(self.options.smallest, self.options.largest)
        values = np.rint(deviation * _quantiles()).astype(np.int16)
        noise = np.take(values, rng.integers(0, _LEVELS, image.shape, np.uint16))
        return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8), label


@cache
def _quantiles() -> NDArray[np.float64]:
    """Equally likely values of a normal distribution; drawing one is five times as fast as
    drawing a normal number, and as good after rounding."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((level + 0.5) / _LEVELS) for level in range(_LEVELS)])


AUGMENTATION = Noise
