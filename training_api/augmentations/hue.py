"""Random hue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from training_api.augmentations.base import Recolouring, probability_field
from training_api.augmentations.colours import GREY, Colours
from training_api.spec.closed import Closed

_YIQ = np.array([GREY, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
"""Luma and the two colour axes of NTSC (FCC, 1953); the latter are 0 for greys."""


class Options(Closed):
    """How far and how often."""

    degrees: float = Field(
        18.0,
        title="Degrees",
        description="Largest turn of the colour circle, to either side; 120 makes red green.",
        gt=0,
        le=180,
        json_schema_extra={"unit": "°", "step": 1},
    )
    probability: float = probability_field()


class Hue(Recolouring):
    """A turn of the two colour axes of YIQ: luma and greys stay, and it is a linear map of RGB.

    Strong colours that it turns out of the range of RGB are cut to it.
    """

    name = "hue"
    title = "Hue"
    summary = "Colours turn into their neighbours; leave it out where colours tell classes apart."
    Options = Options

    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """See Recolouring."""
        if not self.happens(rng):
            return colours
        turn = hue_turn(rng.uniform(-self.options.degrees, self.options.degrees))
        return replace(colours, mix=turn @ colours.mix)


def hue_turn(degrees: float) -> NDArray[np.float64]:
    """3×3, of RGB."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    return np.asarray(np.linalg.inv(_YIQ) @ turn @ _YIQ)


AUGMENTATION = Hue
