"""Presets: a network and hyper-parameters that go well together, by name.

Measured from scratch on real photos (docs/benchmarks.md): Fast and Balanced as they are, Accurate
with 30 epochs.
"""

from __future__ import annotations

from typing import Any

from training_api.spec.closed import Record
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, engine_defaults


class Preset(Record):
    """Values that a job spec takes over wherever the user gives none of their own."""

    name: str
    title: str
    summary: str
    engine: EngineName
    network: str
    options: dict[str, Any]
    loss: str
    hyper_parameters: dict[str, Any]


PRESETS = (
    Preset(
        name="fast",
        title="Fast",
        summary="A small U-Net that is good within minutes on a plain CPU.",
        engine=EngineName.torch,
        network="unet",
        options={"backbone": "resnet18"},
        loss="cross_entropy_dice",
        hyper_parameters={},
    ),
    Preset(
        name="balanced",
        title="Balanced",
        summary="The network of Fast for three times as long: a few points of mIoU more.",
        engine=EngineName.torch,
        network="unet",
        options={"backbone": "resnet18"},
        loss="cross_entropy_dice",
        hyper_parameters={"epochs": 30},
    ),
    Preset(
        name="accurate",
        title="Accurate",
        summary="A larger U-Net on larger images for longer; wants a GPU or patience.",
        engine=EngineName.torch,
        network="unet",
        options={"backbone": "resnet34"},
        loss="cross_entropy_dice",
        hyper_parameters={"base_size": 512, "epochs": 40},
    ),
)


def preset_named(name: str) -> Preset:
    """The preset called `name`. Raises InvalidSpec with the known names."""
    for preset in PRESETS:
        if preset.name == name:
            return preset
    known = ", ".join(preset.name for preset in PRESETS)
    raise InvalidSpec(f"There is no preset '{name}'. Choose one of: {known}.", field="preset")


def recommended(engine: EngineName, preset: Preset | None) -> dict[str, Any]:
    """Every hyper-parameter's recommended value: the engine's, overlaid by the preset's."""
    values = engine_defaults(engine)
    if preset is not None and preset.engine is engine:
        values |= preset.hyper_parameters
    return values
