"""A flag to switch each augmentation on or off, and one for each of its options."""

from __future__ import annotations

from typing import Any

from training_api.augmentations import Chosen, all_augmentations
from training_api.cli.schemas import SEPARATOR, Schema, properties
from training_api.spec.augmentations import USUAL, usual_augmentations


def augmentation_schemas() -> dict[str, Schema]:
    """`rotation` for the switch and `rotation__degrees` for its option, in the order of use."""
    schemas: dict[str, Schema] = {}
    for found in all_augmentations():
        default = "on" if found.name in USUAL else "off"
        words = {"description": found.summary, "default": default}
        schemas[found.name] = {"type": "boolean", "title": found.title} | words
        for name, schema in properties(found.Options).items():
            about = f"{found.title}: {schema.get('description', name)}"
            schemas[f"{found.name}{SEPARATOR}{name}"] = schema | {"description": about}
    return schemas


def chosen_augmentations(given: dict[str, Any]) -> Chosen:
    """The usual ones, changed as the flags say; an option switches its augmentation on."""
    chosen = usual_augmentations()
    options = {name: value for name, value in given.items() if SEPARATOR in name}
    for key, value in options.items():
        name, _, option = key.partition(SEPARATOR)
        chosen.setdefault(name, {})[option] = value
    for name in given.keys() - options.keys():
        if given[name]:
            chosen.setdefault(name, {})
        else:
            chosen.pop(name, None)
    return chosen
