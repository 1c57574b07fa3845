"""What can be trained, as the API lists it, and what a draft chooses from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gui.draft import OWN, Draft

Entry = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """A draft's network and all that follows from it. `options` holds typed-in text."""

    preset: Entry | None
    engine: Entry
    network: Entry
    variant: Entry  # the network with its backbone
    loss: Entry
    options: dict[str, str]
    loss_options: dict[str, str]
    recommended: Entry  # value of every hyper-parameter
    parameters: Entry  # the schema of those that the engine offers


class Catalogue:
    """GET /catalogue with look-ups by name; an unknown name falls back to the first entry."""

    def __init__(self, document: Entry) -> None:
        self.presets: list[Entry] = document["presets"]
        self.engines: list[Entry] = document["engines"]
        self.networks: list[Entry] = document["networks"]
        self.gflops_side: int = document["gflops_side"]
        self.losses: list[Entry] = document["losses"]
        self.augmentations: list[Entry] = document["augmentations"]
        self.hyper_parameters: Entry = document["hyper_parameters"]

    def networks_of(self, engine: str) -> list[Entry]:
        """The networks that `engine` can build."""
        return [network for network in self.networks if network["engine"] == engine]

    def losses_of(self, engine: str) -> list[Entry]:
        """The losses that `engine` implements."""
        return [loss for loss in self.losses if engine in loss["engines"]]

    def network(self, engine: str, name: str) -> Entry | None:
        """The network's entry, None if it is not in the catalogue."""
        found = [one for one in self.networks_of(engine) if one["name"] == name]
        return found[0] if found else None

    def choice(self, draft: Draft) -> Choice:
        """What the draft stands for; without any answer yet the first preset."""
        chosen = draft.get("preset")
        preset = None if chosen == OWN else named(self.presets, chosen)
        engine = named(self.engines, preset["engine"] if preset else draft.get("engine"))
        networks, losses = self.networks_of(engine["name"]), self.losses_of(engine["name"])
        network = named(networks, preset["network"] if preset else draft.get("network"))
        options = _texts(preset["options"]) if preset else draft.nested("option.")
        return Choice(
            preset=preset,
            engine=engine,
            network=network,
            variant=_variant(network, options),
            loss=named(losses, preset["loss"] if preset else draft.get("loss")),
            options=options,
            loss_options={} if preset else draft.nested("loss_option."),
            recommended=(preset or engine)["hyper_parameters"],
            parameters=offered(self.hyper_parameters, engine["name"]),
        )


def offered(schema: Entry, engine: str) -> Entry:
    """The schema with the choices that `engine` has: without properties of which it has one."""
    properties = {}
    for name, part in schema["properties"].items():
        possible = part.get(f"{engine}_values")
        if possible is None:
            properties[name] = part
        elif len(possible) > 1:
            properties[name] = part | {"enum": possible}
    return schema | {"properties": properties}


def deciding(schema: Entry, classes: list[str]) -> Entry:
    """The schema where what decides on the best model is chosen: the mean or one of `classes`."""
    part = schema["properties"]["best_by"]
    choices = list(dict.fromkeys([part["default"], *classes]))
    return schema | {"properties": schema["properties"] | {"best_by": part | {"enum": choices}}}


def named(entries: list[Entry], name: str) -> Entry:
    """The entry called `name`, else the first."""
    return next((entry for entry in entries if entry["name"] == name), entries[0])


def _variant(network: Entry, options: dict[str, str]) -> Entry:
    """The network with the backbone that the options name, else with its default one."""
    variants: list[Entry] = network["variants"]
    backbone = network["options_schema"].get("properties", {}).get("backbone", {})
    for wanted in (options.get("backbone"), backbone.get("default")):
        for variant in variants:
            if variant["backbone"] == wanted:
                return variant
    return variants[0]


def _texts(options: Entry) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}
