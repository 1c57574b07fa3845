"""Where a network's first weights come from: the spec's choice, and what a launch makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from training_api.spec.closed import Closed, Record
from training_api.spec.errors import InvalidSpec, SegsmithError


class WeightsMode(StrEnum):
    """The kinds of first weights."""

    scratch = "scratch"  # random
    imagenet = "imagenet"  # a published backbone for the network's own encoder
    named = "named"  # a published segmentation network
    model = "model"  # a model of this installation
    classifier = "classifier"  # the backbone of a classifier that the user brings


PUBLISHED = (WeightsMode.imagenet, WeightsMode.named)
"""Those that begin with a published file."""


def _is_name(text: str) -> str:
    if text.startswith(".") or "/" in text or "\\" in text or not text.isprintable():
        raise ValueError("is a name, not a path; give it without folders")
    return text


Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_is_name)]


class Weights(Closed):
    """Where the network's weights come from."""

    mode: WeightsMode = Field(
        WeightsMode.scratch,
        title="Weights",
        description="Start from random weights, from a backbone that learned ImageNet, from a "
        "published segmentation network, from one of your models, or from a classifier's backbone.",
    )
    name: Name | None = Field(
        None,
        title="Published weights",
        description="Id of published weights, such as gluoncv:deeplab_resnet101_voc; with "
        "ImageNet, empty takes the recommended ones for the backbone.",
    )
    model: Name | None = Field(
        None,
        title="Model",
        description="Id of one of your models; its head is kept for classes of the same name and "
        "begins anew for others.",
    )
    classifier: Name | None = Field(
        None,
        title="Classifier",
        description="Name of a folder below weights/classifiers that holds a classifier "
        "(model_best.params or model.safetensors, classes.txt, config.json).",
    )
    freeze_backbone: bool = Field(
        False,
        title="Freeze the backbone",
        description="Train the head alone: faster and safer with very few images, weaker with "
        "many.",
    )


_NEEDED = {
    WeightsMode.named: ("name", "Give the id of published weights, see `segsmith weights list`"),
    WeightsMode.model: ("model", "Give the id of a model, see `segsmith models list`"),
    WeightsMode.classifier: ("classifier", "Give the name of a classifier's folder"),
}
_BELONGS = {
    "name": (WeightsMode.imagenet, WeightsMode.named),
    "model": (WeightsMode.model,),
    "classifier": (WeightsMode.classifier,),
}


def weights_problems(weights: Weights) -> Iterator[InvalidSpec]:
    """Combinations that mean nothing, each at its field."""
    if weights.mode in _NEEDED:
        field, remedy = _NEEDED[weights.mode]
        if getattr(weights, field) is None:
            yield _problem(field, f"is missing for '{weights.mode}'. {remedy}.")
    for field, modes in _BELONGS.items():
        if getattr(weights, field) is not None and weights.mode not in modes:
            known = " or ".join(f"'{mode}'" for mode in modes)
            yield _problem(field, f"belongs to {known}, not to '{weights.mode}'. Leave it empty.")
    if weights.freeze_backbone and weights.mode is WeightsMode.scratch:
        yield _problem(
            "freeze_backbone",
            "a backbone of random weights would never learn anything. Choose other weights, or do "
            "not freeze it.",
        )


def _problem(field: str, sentence: str) -> InvalidSpec:
    return InvalidSpec(f"{field}: {sentence}", field=f"weights.{field}")


class WeightsMissing(SegsmithError):
    """The chosen weights are not on this machine; the message says what brings them."""

    code = "weights_missing"
    status = 409


class InitialWeights(Record):
    """The file that a run starts from, in `launch.json` and in the published manifest.

    `scope` says how much of the network it must fill: "encoder" (the classifier's own head is
    left out) or "network" (all but the head). `path` is as the trainer sees it.
    """

    mode: WeightsMode
    id: str  # of the published weights, the model or the classifier
    path: str
    format: Literal["safetensors", "params"]
    scope: Literal["encoder", "network"]
    classes: list[str] = Field(default_factory=list)  # of the head in the file; empty if unknown
    dataset: str = ""  # what they learned
    source: str = ""  # the address, or in words where the file came from
    sha256: str = ""  # of the file that is loaded
    licence: str = ""
