"""What the wizard's pages need: the draft, what it chooses, what the API says of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gui.api import Api
from gui.augmentations import PREFIX, Augmentation, augmentations_of
from gui.catalogue import Catalogue, Choice, deciding
from gui.draft import Draft
from gui.form_fields import Field, Remarks, fields_of
from gui.job_spec import spec_of, tidied
from gui.network_cost import Cost, cost_of, input_size
from gui.problems import ApiProblem, FieldProblem
from gui.weights_choice import WeightsChoice, asked_weights

_SHARE = "takes an equal part of every batch"


@dataclass(frozen=True)
class Wizard:
    """One request's view of a job that is being described."""

    draft: Draft
    catalogue: Catalogue
    choice: Choice
    scan: dict[str, Any] | None  # the dataset, once checked
    split: dict[str, Any] | None
    system: dict[str, Any]
    weights: WeightsChoice
    shown_as: dict[str, str]  # cli, curl, yaml
    remarks: Remarks

    @property
    def problems(self) -> Mapping[str, str]:
        """Refusals by spec path."""
        return self.remarks.problems

    @property
    def version(self) -> str | None:
        """The id of the dataset version, None while none is usable."""
        return self.scan["version"] if self.scan else None

    @property
    def other_gpus(self) -> dict[str, tuple[str, str]]:
        """(title, sentence) of choices beside each present GPU, by form value: so many that are
        free, or what is chosen."""
        present = [gpu["uuid"] for gpu in self.system["gpus"]]
        counts = [count for count in range(2, len(present) + 1) if count <= 4 or count % 2 == 0]
        choices = {str(count): _any_gpus(count) for count in counts}
        chosen = self.draft.device
        if chosen.isdecimal():
            choices.setdefault(chosen, _any_gpus(int(chosen)))
        elif len(self.draft.devices) > 1:
            choices[chosen] = ", ".join(self.draft.devices), f"Each {_SHARE}."
        elif chosen and chosen not in present:
            choices[chosen] = chosen, "It was not found on this machine."
        return choices

    @property
    def steps(self) -> dict[str, int] | None:
        """Training steps per epoch and in all, if the numbers that make them are numbers."""
        try:
            batch, epochs = int(self.value("batch_size")), int(self.value("epochs"))
            parts = int(self.value("accumulation", "1"))
            most = int(self.value("max_steps"))
        except ValueError:
            return None
        if self.split is None or min(batch, epochs, parts) < 1:
            return None
        per_epoch = math.ceil(self.split["training"] / (batch * parts))
        steps = per_epoch * epochs
        return {"per_epoch": per_epoch, "all": min(steps, most) if most > 0 else steps}

    @property
    def minutes(self) -> str:
        """The limit of the run's time as it is shown; '' for none, or where it is no number."""
        try:
            limit = float(self.value("max_minutes"))
        except ValueError:
            return ""
        if not 0 < limit < math.inf:
            return ""
        return f"{limit:,g} {'minute' if limit == 1 else 'minutes'}"

    def value(self, parameter: str, absent: str = "") -> str:
        """A hyper-parameter as it stands, typed or recommended; `absent` if it is not offered."""
        found = (field.value for field in self.parameters if field.name == f"hp.{parameter}")
        return next(found, absent)

    @property
    def parameters(self) -> list[Field]:
        """The hyper-parameters' fields."""
        schema = self.choice.parameters
        if self.scan:
            schema = deciding(schema, [entry["name"] for entry in self.scan["classes"]])
        return fields_of(
            schema,
            self.draft.nested("hp."),
            self.choice.recommended,
            "hp.",
            "hyper_parameters",
            self.remarks,
        )

    @property
    def network_options(self) -> list[Field]:
        """The chosen network's own fields; backbones are called by their titles."""
        network = self.choice.network
        titles = {variant["backbone"]: variant["title"] for variant in network["variants"]}
        fields = self._options(network, self.choice.options, "option.", "network.options")
        return [
            replace(field, choices=tuple((value, titles[value]) for value, _ in field.choices))
            if field.name == "option.backbone"
            else field
            for field in fields
        ]

    @property
    def cost(self) -> Cost | None:
        """What the network costs for the images that it will see; None while that is unknown."""
        sizes = self.scan["sizes"] if self.scan else []
        try:
            crop, base = int(self.value("crop_size")), int(self.value("base_size"))
        except ValueError:
            return None
        if not sizes or min(crop, base) < 0:
            return None
        image = (sizes[0]["width"], sizes[0]["height"])
        width, height = input_size(image, crop, base, self.choice.network["multiple"])
        return cost_of(self.choice.variant, self.catalogue.gflops_side, width, height)

    @property
    def loss_options(self) -> list[Field]:
        """The chosen loss's own fields."""
        return self._options(
            self.choice.loss, self.choice.loss_options, "loss_option.", "loss.options"
        )

    @property
    def augmentations(self) -> list[Augmentation]:
        """All of the catalogue, on or off."""
        typed = self.draft.nested(PREFIX)
        return augmentations_of(self.catalogue.augmentations, typed, self.remarks)

    def _options(self, entry: Any, typed: Any, prefix: str, path: str) -> list[Field]:
        return fields_of(entry["options_schema"], typed, {}, prefix, path, self.remarks)

    @property
    def weights_problem(self) -> str:
        """What is wrong with the weights."""
        found = (text for path, text in self.problems.items() if path.startswith("weights."))
        return next(found, "")

    @property
    def other_problems(self) -> list[str]:
        """The problems that no field of the three pages shows."""
        fields = [*self.parameters, *self.network_options, *self.loss_options]
        fields += [field for entry in self.augmentations for field in entry.fields]
        shown = {field.path for field in fields} | {"name", "dataset", "split.training_percent"}
        return [text for path, text in self.problems.items() if path not in shown]


async def wizard_of(api: Api, draft: Draft, refused: list[FieldProblem] | None = None) -> Wizard:
    """Everything for `draft`; `refused` are problems that the API gave when starting."""
    document, system, scan = await asyncio.gather(
        api.get("catalogue"), api.get("system"), last_scan(api, draft.get("dataset"))
    )
    catalogue = Catalogue(document)
    draft = tidied(draft, catalogue)
    weights = await asked_weights(api, draft, catalogue.choice(draft))
    draft = weights.applied(draft)
    version = scan["version"] if scan else None
    spec = spec_of(draft, catalogue, version or "")
    split, check, name = await asyncio.gather(
        _split(api, version, spec["split"]),
        api.post("specs", "check", body=spec),
        _name_problem(api, draft.get("name")),
    )
    problems = _by_field(check["problems"]) | name
    problems |= {problem.field: sentence(problem.message) for problem in refused or []}
    return Wizard(
        draft=draft,
        catalogue=catalogue,
        choice=catalogue.choice(draft),
        scan=scan,
        split=split,
        system=system,
        weights=weights,
        shown_as=check["as"] or {},
        remarks=Remarks(problems, _by_field(check["warnings"])),
    )


def _by_field(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["field"] or "": sentence(row["message"]) for row in rows}


def sentence(message: str) -> str:
    """'epochs: must be at least 1.' → 'Must be at least 1.': beside a field its name is known."""
    head, colon, rest = message.partition(": ")
    text = rest if colon and " " not in head else message
    return text[:1].upper() + text[1:]


async def last_scan(api: Api, dataset: str) -> dict[str, Any] | None:
    """The dataset's last check, None when it has none or is not named."""
    if not dataset:
        return None
    try:
        scan: dict[str, Any] = await api.get("datasets", dataset)
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return scan


async def _split(api: Api, version: str | None, how: dict[str, Any]) -> dict[str, Any] | None:
    percent = how["training_percent"]
    if version is None or not isinstance(percent, int) or not 1 <= percent <= 99:
        return None
    split: dict[str, Any] = await api.get("dataset-versions", version, "split", **how)
    return split


async def _name_problem(api: Api, name: str) -> dict[str, str]:
    if not name:
        return {}
    answer = await api.get("job-names", name)
    return {} if answer["available"] else {"name": answer["message"]}


async def free_name(api: Api, wanted: str) -> str:
    """`wanted`, or with the first number behind it under which no job is known."""
    for number in range(1, 100):
        name = wanted[:76] if number == 1 else f"{wanted[:76]} {number}"
        if (await api.get("job-names", name))["available"]:
            return name
    return ""


def _any_gpus(count: int) -> tuple[str, str]:
    if count == 1:
        return "1 GPU", "Any that is free."
    return f"{count} GPUs", f"Any that are free; each {_SHARE}."
