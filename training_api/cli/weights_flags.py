"""The flags --weights and --freeze-backbone, and what they mean in a spec."""

from __future__ import annotations

from typing import Any

from training_api.cli.schemas import Schema, properties
from training_api.spec.weights import Weights, WeightsMode
from training_api.weights.registry import weight_file

_OWN = {"model:": "model", "classifier:": "classifier"}
_PLAIN = (WeightsMode.scratch.value, WeightsMode.imagenet.value)


def weights_schemas() -> dict[str, Schema]:
    """One flag for what to start from, one to freeze."""
    declared = properties(Weights)
    notation = (
        "One of: scratch, imagenet, an id of `segsmith weights list`, model:ID or classifier:NAME"
    )
    words = f"{declared['mode']['description']} {notation}."
    return {
        "weights": {"type": "string", "title": declared["mode"]["title"], "description": words},
        "freeze_backbone": declared["freeze_backbone"],
    }


def chosen_weights(flags: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """`weights` of the spec: `given`, changed as the flags say. Raises InvalidSpec."""
    word = flags.get("weights")
    kept = dict(given) if word is None else {"freeze_backbone": given.get("freeze_backbone", False)}
    chosen = kept | ({} if word is None else _meaning(word))
    if "freeze_backbone" in flags:
        chosen["freeze_backbone"] = flags["freeze_backbone"]
    return chosen


def _meaning(word: str) -> dict[str, str]:
    """A word of `--weights` as the spec says it. Raises InvalidSpec for an unknown id."""
    if word in _PLAIN:
        return {"mode": word}
    for prefix, mode in _OWN.items():
        if word.startswith(prefix):
            return {"mode": mode, mode: word.removeprefix(prefix)}
    backbone = weight_file(word).kind == "backbone"
    mode = WeightsMode.imagenet if backbone else WeightsMode.named
    return {"mode": mode.value, "name": word}
