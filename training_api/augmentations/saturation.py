"""Random saturation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from training_api.augmentations.base import Recolouring, change_field, probability_field
from training_api.augmentations.colours import GREY, Colours
from training_api.spec.closed import Closed


class Options(Closed):
    """How far and how often."""

    change: float = change_field("saturation")
    probability: float = probability_field()


class Saturation(Recolouring):
    """Distances from grey times a random factor, uniform about 1."""

    name = "saturation"
    title = "Colour"
    summary = "Colours become stronger or weaker (saturation)."
    Options = Options

    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """See Recolouring."""
        if not self.happens(rng):
            return colours
        factor = rng.uniform(1 - self.options.change, 1 + self.options.change)
        mix = factor * np.eye(3) + (1 - factor) * np.tile(GREY, (3, 1))
        return replace(colours, mix=mix @ colours.mix)


AUGMENTATION = Saturation
