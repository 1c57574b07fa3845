"""Datasets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from training_api.spec.dataset import Problem
from training_api.spec.palette import Colour


class ClassName(BaseModel):
    """A class: the label value, its name and colour."""

    id: int
    name: str
    colour: Colour


class ClassShare(ClassName):
    """A class with its labelled pixels and their share of all."""

    pixels: int
    share: float


class DatasetSummary(BaseModel):
    """A dataset in the list, as its last check left it; `sample` names an image to show it by."""

    name: str
    format: str
    version: str | None
    images: int | None
    sample: str | None
    classes: list[ClassShare]
    errors: int
    warnings: int
    state: Literal["unchecked", "checking", "ready", "invalid"]


class SizeCount(BaseModel):
    """How many images have a size."""

    width: int
    height: int
    count: int


class SampleName(BaseModel):
    """An image of a dataset, by its name without suffix."""

    stem: str


class ScanView(BaseModel):
    """The outcome of a check; `version` is null if there are errors."""

    name: str
    version: str | None
    images: int
    classes: list[ClassShare]
    problems: list[Problem]
    sizes: list[SizeCount]
    samples: list[SampleName]


class SplitCounts(BaseModel):
    """How many images a split gives to each side.

    `brought`: the dataset has a split of its own; `own`: that is the one that was counted.
    """

    training: int
    validation: int
    brought: bool
    own: bool
