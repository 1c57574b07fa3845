"""Command-line flags made from the schemas, and the job spec made from the flags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from training_api.cli.augmentation_flags import augmentation_schemas
from training_api.cli.schemas import SEPARATOR, Schema, properties
from training_api.cli.weights_flags import weights_schemas
from training_api.losses import all_losses
from training_api.networks import all_networks
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.job import Resources, Split, allowed_range

_TYPES: dict[str, click.ParamType] = {"integer": click.INT, "number": click.FLOAT}

HYPER = "hyper_parameters"
NETWORK = "network_options"
LOSS = "loss_options"
SPLIT = "split"
RESOURCES = "resources"
AUGMENTATIONS = "augmentations"
WEIGHTS = "weights"


def all_flags() -> list[click.Option]:
    """Split, hyper-parameters, resources, then the options of networks, losses, augmentations.

    A name that an earlier group has taken gets its group in front (`--loss-weight`), those of
    augmentations have it always (`--augment-rotation-degrees`).
    """
    taken: set[str] = set()
    flags: list[click.Option] = []
    groups: list[tuple[str, dict[str, Schema]]] = [
        (SPLIT, properties(Split)),
        (HYPER, properties(HyperParameters)),
        (RESOURCES, properties(Resources)),
        (NETWORK, _merged((entry.name, entry.Options) for entry in all_networks())),
        (LOSS, _merged((entry.name, entry.Options) for entry in all_losses())),
        (AUGMENTATIONS, augmentation_schemas()),
        (WEIGHTS, weights_schemas()),
    ]
    for group, schemas in groups:
        for name, schema in schemas.items():
            shown = _shown(group, name, taken)
            taken.add(shown)
            flags.append(_flag(group, name, shown, schema))
    return flags


def _shown(group: str, name: str, taken: set[str]) -> str:
    if group == AUGMENTATIONS:
        return f"augment_{name.replace(SEPARATOR, '_')}"
    return f"{group.split('_')[0]}_{name}" if name in taken else name


def _merged(models: Iterable[tuple[str, type[Closed]]]) -> dict[str, Schema]:
    """The options of several networks or losses by name; each says whose it is."""
    merged: dict[str, Schema] = {}
    for owner, model in models:
        for name, schema in properties(model).items():
            entry = merged.setdefault(name, {"owners": []} | schema)
            if owner not in entry["owners"]:
                entry["owners"].append(owner)
    return merged


def _flag(group: str, name: str, shown: str, schema: Schema) -> click.Option:
    dashed = shown.replace("_", "-")
    boolean = schema.get("type") == "boolean"
    declaration = f"--{dashed}/--no-{dashed}" if boolean else f"--{dashed}"
    kind: click.ParamType | None = _TYPES.get(schema.get("type", ""), click.STRING)
    if group == HYPER and "enum" in schema:
        kind = click.Choice([str(value) for value in schema["enum"]])
    return click.Option(
        [f"{group}{SEPARATOR}{name}", declaration],
        type=None if boolean else kind,
        default=None,
        metavar=_metavar(schema) if kind is not None and not boolean else None,
        help=_help(group, name, schema),
    )


def _metavar(schema: Schema) -> str | None:
    return None if "enum" in schema else {"integer": "N", "number": "X"}.get(schema.get("type", ""))


def _help(group: str, name: str, schema: Schema) -> str:
    text = schema.get("description") or schema.get("title", name)
    extra = schema.get("unit", "")
    notes = [f"in {extra}"] if extra and extra != "%" else []
    if group == HYPER:
        notes += [allowed_range(f"{HYPER}.{name}").strip(" ()")]
        notes += [_defaults(schema["default"], schema.get("gluoncv"))]
        notes += [_limits(schema)]
    if group == AUGMENTATIONS and "default" in schema:
        notes += [f"default: {schema['default']}"]
    if "owners" in schema:
        notes += ["for " + ", ".join(schema["owners"])]
    shown = "; ".join(note for note in notes if note)
    return f"{text} [{shown}]" if shown else text


def _defaults(torch: Any, gluoncv: Any) -> str:
    if torch == gluoncv:
        return f"default: {torch}"
    return f"default: torch {torch}, gluoncv {gluoncv}"


def _limits(schema: Schema) -> str:
    """What the gluoncv engine cannot do."""
    possible = schema.get("gluoncv_values")
    if possible is None:
        return ""
    return f"gluoncv: {' or '.join(map(str, possible))}" if len(possible) > 1 else "torch only"


def grouped(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The flags that were given, by group: `{"hyper_parameters": {"epochs": 3}, …}`."""
    groups: dict[str, dict[str, Any]] = {
        group: {} for group in (SPLIT, HYPER, RESOURCES, NETWORK, LOSS, AUGMENTATIONS, WEIGHTS)
    }
    for key, value in values.items():
        group, _, name = key.partition(SEPARATOR)
        if value is not None:
            groups[group][name] = value
    return groups
