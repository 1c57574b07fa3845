"""Random brightness."""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator

from training_api.augmentations.base import Recolouring, change_field, probability_field
from training_api.augmentations.colours import Colours
from training_api.spec.closed import Closed


class Options(Closed):
    """How far and how often."""

    change: float = change_field("brightness")
    probability: float = probability_field()


class Brightness(Recolouring):
    """All values times a random factor, uniform about 1."""

    name = "brightness"
    title = "Brightness"
    summary = "Images become lighter or darker."
    Options = Options

    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """See Recolouring."""
        if not self.happens(rng):
            return colours
        change = self.options.change
        return replace(colours, brightness=rng.uniform(1 - change, 1 + change))


AUGMENTATION = Brightness
