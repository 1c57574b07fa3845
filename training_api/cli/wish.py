"""From flags to a job spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training_api.augmentations import augmentation_problems
from training_api.cli.augmentation_flags import chosen_augmentations
from training_api.cli.flags import (
    AUGMENTATIONS,
    HYPER,
    LOSS,
    NETWORK,
    RESOURCES,
    SPLIT,
    WEIGHTS,
    grouped,
)
from training_api.cli.weights_flags import chosen_weights
from training_api.networks import all_networks
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.job import spec_problems
from training_api.spec.preset import Preset, preset_named

UNKNOWN_DATASET = "not-read-yet"


def spec_of(
    preset: str | None,
    engine: str | None,
    network: str | None,
    loss: str | None,
    flags: dict[str, Any],
    given: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The spec that the flags ask for, without name and dataset. Raises InvalidSpec.

    What no flag says is as in the spec `given`, and without one as in the preset `fast`.
    """
    groups = grouped(flags)
    spec: dict[str, Any] = {key: groups[key] for key in (SPLIT, HYPER) if groups[key]}
    if groups[RESOURCES]:
        spec["resources"] = _resources(groups[RESOURCES])
    if given is not None:
        spec = {key: {**given.get(key, {}), **values} for key, values in spec.items()}
        spec = given | spec
        preset = preset or (given.get("preset") if engine is network is None else None)
        engine, network, groups[NETWORK] = _as_given(given, engine, network, groups[NETWORK])
    if preset is None and engine is None and network is None:
        preset = "fast"
    chosen = preset_named(preset) if preset else None
    if preset:
        spec["preset"] = preset
    spec |= _network(chosen, engine, network, groups[NETWORK])
    if loss or groups[LOSS]:
        name = loss or (chosen.loss if chosen else "cross_entropy")
        spec["loss"] = {"name": name, "options": groups[LOSS]}
    if groups[WEIGHTS]:
        spec["weights"] = chosen_weights(groups[WEIGHTS], (given or {}).get("weights", {}))
    if groups[AUGMENTATIONS]:
        spec["augmentations"] = chosen_augmentations(groups[AUGMENTATIONS])
    _check(spec)
    return spec


def _as_given(
    spec: dict[str, Any], engine: str | None, network: str | None, options: dict[str, Any]
) -> tuple[str | None, str | None, dict[str, Any]]:
    """Engine, network and its options: those of `spec` where no flag names another network."""
    chosen = spec.get("network")
    if engine is None and isinstance(chosen, dict) and network in (None, chosen.get("name")):
        return spec.get("engine"), chosen.get("name"), chosen.get("options", {}) | options
    return engine, network, options


def _network(
    preset: Preset | None, engine: str | None, network: str | None, options: dict[str, Any]
) -> dict[str, Any]:
    """`engine` and `network` of the spec; {} leaves both to the preset."""
    own = preset if preset and engine in (None, preset.engine) else None
    if network is None:
        if own is None:
            names = ", ".join(entry.name for entry in all_networks() if entry.engine == engine)
            raise InvalidSpec(
                f"--engine {engine} needs a network: --network with one of: {names}.",
                field="network.name",
            )
        if not options:
            return {}
        return {"network": {"name": own.network, "options": own.options | options}}
    if own and own.network == network:
        options = own.options | options
    offered = [entry.engine for entry in all_networks() if entry.name == network]
    default = offered[0] if offered else EngineName.torch
    return {"engine": engine or default.value, "network": {"name": network, "options": options}}


def _resources(given: dict[str, Any]) -> dict[str, Any]:
    """`--gpus 2` is a number, `--gpus GPU-a,GPU-b` are UUIDs."""
    gpus = given.get("gpus")
    if gpus is None:
        return given
    number = gpus.strip()
    chosen: int | list[str] = int(number) if number.isdecimal() else number.split(",")
    return given | {"gpus": chosen}


def _check(spec: dict[str, Any]) -> None:
    """Refuse what no dataset could make right, before one is read. Raises InvalidSpec."""
    problems = spec_problems(spec | {"name": "x", "dataset": UNKNOWN_DATASET})
    problems += augmentation_problems(spec.get("augmentations", {}))
    if problems:
        text = "\n       ".join(problem.message for problem in problems)
        raise InvalidSpec(text, field=problems[0].field)


def automatic_name(folder: Path, spec: dict[str, Any]) -> str:
    """A name for a job that was given none: dataset and preset, or dataset and network."""
    network = spec.get("network", {}).get("name", "")
    return f"{folder.resolve().name[:50].strip() or 'job'} {spec.get('preset') or network}"
