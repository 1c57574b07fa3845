"""From a draft to the job spec that the API checks, and from a spec back to a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gui.augmentations import (
    PREFIX,
    changed_augmentations,
    tidied_augmentations,
    typed_augmentations,
)
from gui.catalogue import Catalogue, Choice
from gui.draft import DRAWN, OWN, Draft
from gui.form_fields import as_text, as_value, known_texts, resolved
from gui.weights_choice import SCRATCH, typed_weights, weights_spec


def spec_of(draft: Draft, catalogue: Catalogue, version: str) -> dict[str, Any]:
    """The spec in short: what the user left as recommended is for the API to fill in."""
    choice = catalogue.choice(draft)
    spec: dict[str, Any] = {
        "name": draft.get("name"),
        "dataset": version,
        "split": {"training_percent": as_value({"type": "integer"}, draft.get("percent", "80"))},
        "resources": {"gpus": draft.gpus},
        "hyper_parameters": changed_parameters(draft, catalogue, choice),
    }
    weights = weights_spec(draft)
    if weights["mode"] != SCRATCH:
        spec["weights"] = weights
    if draft.get("split") == DRAWN:
        spec["split"]["use_dataset_split"] = False
    augmentations = changed_augmentations(catalogue.augmentations, draft.nested(PREFIX))
    if augmentations is not None:
        spec["augmentations"] = augmentations
    if choice.preset:
        return spec | {"preset": choice.preset["name"]}
    return spec | {
        "engine": choice.engine["name"],
        "network": _named(choice.network, choice.options),
        "loss": _named(choice.loss, choice.loss_options),
    }


def changed_parameters(draft: Draft, catalogue: Catalogue, choice: Choice) -> dict[str, Any]:
    """The hyper-parameters that differ from the recommended values, in their own types."""
    schema = choice.parameters
    return {
        name: as_value(resolved(schema, name), text)
        for name, text in draft.nested("hp.").items()
        if name in schema["properties"] and text != as_text(choice.recommended.get(name))
    }


def tidied(draft: Draft, catalogue: Catalogue) -> Draft:
    """The draft less what says nothing: recommended values, options of other networks."""
    choice = catalogue.choice(draft)
    changed = changed_parameters(draft, catalogue, choice)
    parameters = {name: text for name, text in draft.nested("hp.").items() if name in changed}
    draft = draft.replacing("hp.", parameters).replacing(
        PREFIX, tidied_augmentations(catalogue.augmentations, draft.nested(PREFIX))
    )
    if choice.preset:
        return draft.replacing("option.", {}).replacing("loss_option.", {})
    options = known_texts(choice.network["options_schema"], draft.nested("option."))
    loss_options = known_texts(choice.loss["options_schema"], draft.nested("loss_option."))
    return draft.replacing("option.", options).replacing("loss_option.", loss_options)


def draft_of(spec: Mapping[str, Any], dataset: str, catalogue: Catalogue) -> Draft:
    """The draft that leads to `spec` again, without its name."""
    values = {
        "dataset": dataset,
        "percent": str(spec["split"]["training_percent"]),
        "split": "" if spec["split"].get("use_dataset_split", True) else DRAWN,
        "preset": spec.get("preset") or OWN,
        "engine": spec["engine"],
        "network": spec["network"]["name"],
        "loss": spec["loss"]["name"],
    } | typed_weights(spec.get("weights", {}))
    for prefix, options in (
        ("option.", spec["network"]["options"]),
        ("loss_option.", spec["loss"]["options"]),
        ("hp.", spec["hyper_parameters"]),
        (PREFIX, typed_augmentations(catalogue.augmentations, spec.get("augmentations"))),
    ):
        values |= {prefix + name: as_text(value) for name, value in options.items()}
    gpus = spec.get("resources", {}).get("gpus")
    devices = tuple(gpus) if isinstance(gpus, list) else (str(gpus),) if gpus else ()
    draft = Draft(values, devices)
    if not _is_preset(spec, catalogue.choice(draft)):
        draft = draft.having(preset=OWN)
    return tidied(draft, catalogue)


def _is_preset(spec: Mapping[str, Any], choice: Choice) -> bool:
    """False when the spec's network or loss is not, or no longer, what its preset stands for."""
    preset = choice.preset
    return (
        preset is not None
        and preset["engine"] == spec["engine"]
        and _is_choice(spec["network"], choice.network, preset["network"], preset["options"])
        and _is_choice(spec["loss"], choice.loss, preset["loss"], {})
    )


def _is_choice(
    chosen: Mapping[str, Any], entry: dict[str, Any], name: str, options: Mapping[str, Any]
) -> bool:
    """Whether a spec chose `name` with `options` and defaults for the others of `entry`."""
    schema = entry["options_schema"]
    usual = {key: resolved(schema, key).get("default") for key in schema.get("properties", {})}
    return chosen["name"] == name and usual | chosen["options"] == usual | dict(options)


def _named(entry: dict[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    schema = entry["options_schema"]
    fitting = known_texts(schema, typed)
    options = {name: as_value(resolved(schema, name), text) for name, text in fitting.items()}
    return {"name": entry["name"], "options": options}
