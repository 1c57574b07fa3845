"""The augmentations of a draft: a switch each, and fields for their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gui.form_fields import Field, Remarks, as_text, as_value, fields_of, known_texts, resolved

PREFIX = "aug."
"""In a draft: `aug.rotation` is the switch and `aug.rotation.degrees` one of its options."""
Entry = dict[str, Any]


@dataclass(frozen=True)
class Augmentation:
    """One augmentation in the form."""

    switch: Field
    options: list[Field]

    @property
    def fields(self) -> list[Field]:
        """The switch, then the options."""
        return [self.switch, *self.options]

    @property
    def on(self) -> bool:
        """Whether it is used."""
        return self.switch.value == "true"

    @property
    def changed(self) -> bool:
        """True when it is not used as it usually is."""
        return self.switch.changed or (self.on and any(field.changed for field in self.options))


def augmentations_of(
    entries: list[Entry], typed: Mapping[str, str], remarks: Remarks
) -> list[Augmentation]:
    """Those of the catalogue, as `typed` (without PREFIX) has them."""
    switches = fields_of(
        {"properties": {entry["name"]: _switch(entry) for entry in entries}},
        typed,
        {},
        PREFIX,
        "augmentations",
        remarks,
    )
    return [
        Augmentation(
            switch,
            fields_of(
                entry["options_schema"],
                _below(entry, typed),
                {},
                f"{PREFIX}{entry['name']}.",
                f"augmentations.{entry['name']}",
                remarks,
            ),
        )
        for switch, entry in zip(switches, entries, strict=True)
    ]


def changed_augmentations(
    entries: list[Entry], typed: Mapping[str, str]
) -> dict[str, dict[str, Any]] | None:
    """The spec's `augmentations`; None when they are the usual ones."""
    chosen: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if typed.get(entry["name"], as_text(entry["usual"])) == "true":
            chosen[entry["name"]] = {
                name: as_value(resolved(entry["options_schema"], name), text)
                for name, text in _changed_options(entry, typed).items()
            }
    usual: dict[str, dict[str, Any]] = {entry["name"]: {} for entry in entries if entry["usual"]}
    return None if chosen == usual else chosen


def tidied_augmentations(entries: list[Entry], typed: Mapping[str, str]) -> dict[str, str]:
    """What differs from the usual augmentations and their recommended options."""
    kept = {}
    for entry in entries:
        name = entry["name"]
        if typed.get(name) == as_text(not entry["usual"]):
            kept[name] = typed[name]
        kept |= {
            f"{name}.{option}": text for option, text in _changed_options(entry, typed).items()
        }
    return kept


def typed_augmentations(entries: list[Entry], chosen: Mapping[str, Any] | None) -> dict[str, str]:
    """A spec's `augmentations` as typed into the form; nothing for a spec that has none."""
    if chosen is None:
        return {}
    typed = {entry["name"]: as_text(entry["name"] in chosen) for entry in entries}
    for name, options in chosen.items():
        typed |= {f"{name}.{option}": as_text(value) for option, value in options.items()}
    return typed


def _switch(entry: Entry) -> Entry:
    words = {"title": entry["title"], "description": entry["summary"]}
    return {"type": "boolean", "default": entry["usual"]} | words


def _below(entry: Entry, typed: Mapping[str, str]) -> dict[str, str]:
    """The typed options of one augmentation, by their own names."""
    prefix = f"{entry['name']}."
    return {
        name.removeprefix(prefix): text for name, text in typed.items() if name.startswith(prefix)
    }


def _changed_options(entry: Entry, typed: Mapping[str, str]) -> dict[str, str]:
    """The typed options that the schema knows, less choices that it does not offer."""
    schema, kept = entry["options_schema"], {}
    for name, text in known_texts(schema, _below(entry, typed)).items():
        if text != as_text(resolved(schema, name).get("default")):
            kept[name] = text
    return kept
