"""Random contrast."""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator

from training_api.augmentations.base import Recolouring, change_field, probability_field
from training_api.augmentations.colours import Colours
from training_api.spec.closed import Closed


class Options(Closed):
    """How far and how often."""

    change: float = change_field("contrast")
    probability: float = probability_field()


class Contrast(Recolouring):
    """Distances from the mean value times a random factor, uniform about 1."""

    name = "contrast"
    title = "Contrast"
    summary = "Light and dark move apart or together, about the image's mean."
    Options = Options

    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """See Recolouring."""
        if not self.happens(rng):
            return colours
        change = self.options.change
        return replace(colours, contrast=rng.uniform(1 - change, 1 + change))


AUGMENTATION = Contrast
