"""The augmentations: one file each, found by name; nothing heavy is imported to list them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from training_api.augmentations.base import Augmentation
from training_api.spec.errors import InvalidSpec
from training_api.spec.job import problem_of

_MODULES = {
    "scale": "training_api.augmentations.scale",
    "crop": "training_api.augmentations.crop",
    "horizontal_flip": "training_api.augmentations.horizontal_flip",
    "vertical_flip": "training_api.augmentations.vertical_flip",
    "rotation": "training_api.augmentations.rotation",
    "brightness": "training_api.augmentations.brightness",
    "contrast": "training_api.augmentations.contrast",
    "saturation": "training_api.augmentations.saturation",
    "hue": "training_api.augmentations.hue",
    "channel_shift": "training_api.augmentations.channel_shift",
    "blur": "training_api.augmentations.blur",
    "noise": "training_api.augmentations.noise",
    "erasing": "training_api.augmentations.erasing",
}
"""In the order in which they are applied and draw their random numbers."""

Chosen = dict[str, dict[str, Any]]
"""Options by augmentation, as in a job spec."""


@cache
def all_augmentations() -> tuple[type[Augmentation], ...]:
    """Every augmentation class, in the order in which they are applied."""
    return tuple(import_module(module).AUGMENTATION for module in _MODULES.values())


def augmentations_for(chosen: Chosen) -> tuple[Augmentation, ...]:
    """The chosen augmentations with checked options. Raises InvalidSpec at the field."""
    for problem in augmentation_problems(chosen):
        raise problem
    return tuple(
        found(found.Options.model_validate(chosen[found.name]))
        for found in all_augmentations()
        if found.name in chosen
    )


def augmentation_problems(chosen: Chosen) -> Iterator[InvalidSpec]:
    """All that is wrong with what was chosen, each at its field."""
    known = {found.name: found for found in all_augmentations()}
    for name, options in chosen.items():
        path = f"augmentations.{name}"
        if name not in known:
            yield InvalidSpec(
                f"There is no augmentation '{name}'. Choose from: {', '.join(known)}.", field=path
            )
            continue
        try:
            known[name].Options.model_validate(options)
        except ValidationError as error:
            for problem in map(problem_of, error.errors()):
                field = f"{path}.{problem.field}" if problem.field else path
                yield InvalidSpec(problem.message, field=field)
