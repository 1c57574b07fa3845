"""Random shift of each channel."""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator
from pydantic import Field

from training_api.augmentations.base import Recolouring, probability_field
from training_api.augmentations.colours import Colours
from training_api.spec.closed import Closed


class Options(Closed):
    """How far and how often."""

    largest: float = Field(
        20.0,
        title="Largest shift",
        description="Most that is added to, or taken from, red, green and blue.",
        gt=0,
        le=255,
        json_schema_extra={"unit": "grey levels", "step": 1},
    )
    probability: float = probability_field(0.5)


class ChannelShift(Recolouring):
    """A number of its own is added to each of the three channels, uniform about 0."""

    name = "channel_shift"
    title = "Channel shift"
    summary = "Red, green and blue drift apart, as under another lamp or camera."
    Options = Options

    def recoloured(self, colours: Colours, rng: Generator) -> Colours:
        """See Recolouring."""
        if not self.happens(rng):
            return colours
        shift = rng.uniform(-self.options.largest, self.options.largest, 3)
        return replace(colours, shift=colours.shift + shift)


AUGMENTATION = ChannelShift
