"""What a training starts from, as the wizard asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gui.api import Api
from gui.catalogue import Choice
from gui.commands import command_word
from gui.draft import Draft
from gui.form_fields import as_value, known_texts, resolved
from gui.problems import ApiProblem
from gui.wording import decimal

PREFIX = "weights."
FREEZE = "freeze"
SCRATCH = "scratch"
NOTHING: dict[str, list[Any]] = {"files": [], "models": [], "classifiers": []}
_VALUE = {"imagenet": "name", "named": "name", "model": "model", "classifier": "classifier"}
"""By mode the field of the spec that names the file."""
_LIVE = ("queued", "starting", "running", "stopping")


@dataclass(frozen=True)
class Source:
    """A way to start. `rows` are what it offers, `(value, words)`; `why_not` if there are none."""

    mode: str
    title: str
    help: str
    label: str
    why_not: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WeightsChoice:
    """A draft's weights. `file` is the published file that they need, `job` what is bringing it."""

    sources: tuple[Source, ...]
    mode: str
    value: str
    freeze: bool
    can_freeze: bool
    file: dict[str, Any] | None
    job: dict[str, Any] | None = None

    @property
    def source(self) -> Source | None:
        """The chosen one, None for random weights."""
        return next((source for source in self.sources if source.mode == self.mode), None)

    @property
    def words(self) -> str:
        """For the summary."""
        if self.source is None:
            return "from scratch"
        words = dict(self.source.rows).get(self.value, self.value)
        return words + (", backbone frozen" if self.freeze else "")

    @property
    def is_missing(self) -> bool:
        """True if the file is not on this machine."""
        return self.file is not None and not self.file["present"]

    def applied(self, draft: Draft) -> Draft:
        """The draft with this choice in it and nothing else about weights."""
        if self.mode == SCRATCH:
            return draft.replacing(PREFIX, {}).having(weights="")
        values = {self.mode: self.value} | ({FREEZE: "true"} if self.freeze else {})
        return draft.replacing(PREFIX, values).having(weights=self.mode)


async def asked_weights(api: Api, draft: Draft, choice: Choice) -> WeightsChoice:
    """The draft's weights, with what the API says of their file."""
    schema = choice.network["options_schema"]
    typed = known_texts(schema, choice.options)
    options = {name: as_value(resolved(schema, name), text) for name, text in typed.items()}
    try:
        fitting = await api.get(
            "weights",
            engine=choice.engine["name"],
            network=choice.network["name"],
            options=json.dumps(options),
        )
    except ApiProblem as problem:
        if problem.status != 422:  # options that are wrong fit nothing
            raise
        fitting = NOTHING
    chosen = weights_choice(draft, fitting, "backbone" in schema.get("properties", {}))
    if chosen.file is None or chosen.file["job_id"] is None:
        return chosen
    return replace(chosen, job=await api.get("jobs", chosen.file["job_id"]))


def weights_choice(
    draft: Draft, fitting: Mapping[str, list[dict[str, Any]]], can_freeze: bool
) -> WeightsChoice:
    """What the draft chooses among what is `fitting` (GET /weights); else random weights."""
    sources = _sources(fitting)
    mode = draft.get("weights", SCRATCH)
    source = next((one for one in sources if one.mode == mode and one.rows), None)
    if source is None:
        return WeightsChoice(sources, SCRATCH, "", False, can_freeze, None)
    typed = draft.nested(PREFIX)
    values = [value for value, _ in source.rows]
    value = typed.get(mode, "") if typed.get(mode) in values else values[0]
    file = next((row for row in fitting["files"] if row["id"] == value), None)
    freeze = can_freeze and typed.get(FREEZE) == "true"
    return WeightsChoice(sources, mode, value, freeze, can_freeze, file)


_WORDS = {
    "imagenet": (
        "ImageNet backbone",
        "The backbone has learned to see on millions of photos, the head is new. The usual choice: "
        "fewer images and epochs are needed.",
        "Weights",
        "None is published for this network and backbone.",
    ),
    "named": (
        "Trained model",
        "A whole segmentation network that others trained. Its head is kept for classes of the "
        "same name.",
        "Trained on",
        "None is published for this network and backbone.",
    ),
    "model": (
        "One of your models",
        "Goes on from what an earlier job has learned, also for other classes.",
        "Model",
        "None of your models has this network and these options.",
    ),
    "classifier": (
        "Your classifier",
        "Takes the backbone of an image classifier that was added to this machine.",
        "Classifier",
        "No classifier with this backbone was added; `{command} weights add FOLDER` does.",
    ),
}
"""By mode: title, help, label of the list, and why there is none, with a place for our command."""


def _sources(fitting: Mapping[str, list[dict[str, Any]]]) -> tuple[Source, ...]:
    files = fitting["files"]
    rows = {
        "imagenet": [(row["id"], row["title"]) for row in files if row["kind"] == "backbone"],
        "named": [
            (row["id"], f"{row['dataset']} ({row['id']})")
            for row in files
            if row["kind"] == "network"
        ],
        "model": [
            (row["id"], f"{row['name']} ({row['dataset']['name']}, mIoU {decimal(row['miou'])})")
            for row in fitting["models"]
        ],
        "classifier": [(row["name"], row["name"]) for row in fitting["classifiers"]],
    }
    command = command_word()
    return tuple(
        Source(mode, title, text, label, why_not.format(command=command), tuple(rows[mode]))
        for mode, (title, text, label, why_not) in _WORDS.items()
    )


def weights_spec(draft: Draft) -> dict[str, Any]:
    """`weights` of the job spec."""
    mode = draft.get("weights", SCRATCH)
    typed = draft.nested(PREFIX)
    spec: dict[str, Any] = {"mode": mode}
    if mode in _VALUE and typed.get(mode):
        spec[_VALUE[mode]] = typed[mode]
    if mode != SCRATCH and typed.get(FREEZE) == "true":
        spec["freeze_backbone"] = True
    return spec


def typed_weights(spec: Mapping[str, Any]) -> dict[str, str]:
    """The draft's values that lead to `weights` of a spec again."""
    mode = spec.get("mode", SCRATCH)
    values = {"weights": "" if mode == SCRATCH else mode}
    if mode in _VALUE and spec.get(_VALUE[mode]):
        values[PREFIX + mode] = spec[_VALUE[mode]]
    if spec.get("freeze_backbone"):
        values[PREFIX + FREEZE] = "true"
    return values


def is_live(job: Mapping[str, Any] | None) -> bool:
    """True while a fetch job waits or runs."""
    return job is not None and (job["state"] in _LIVE or bool(job["repeats"]))
