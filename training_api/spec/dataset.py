"""Dataset versions: immutable manifests of images, labels and classes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.files import read_json, write_json
from training_api.spec.job import Task
from training_api.spec.palette import Colour

IGNORE = 255
"""Label value that belongs to no class: left out of loss and metrics."""


class DatasetClass(Record):
    """One class: the label value `id`, its name and its colour."""

    id: int
    name: str
    colour: Colour

    @property
    def is_background(self) -> bool:
        """True for the class that overlays leave clear."""
        return self.name.strip().lower() == "background"


class FileEntry(Record):
    """A file of a version: path below the version's root, SHA-256 in hex, size in bytes."""

    path: str
    sha256: str
    size: int


class Sample(Record):
    """An image and its label. `pixels[c]` counts pixels of class c; `ignored` those of none.

    `part` is the side of the split that the dataset itself gives it, if it brings one.
    """

    stem: str
    image: FileEntry
    label: FileEntry
    width: int
    height: int
    pixels: list[int]
    ignored: int = 0
    part: Literal["training", "validation"] | None = None


class DatasetVersion(Record):
    """What trainers read instead of folders. `root` is where the files were left in place.

    Label values in `void` belong to no class, as 255 does everywhere.
    """

    schema_: Literal[1] = Field(1, alias="schema")
    id: str
    name: str
    format: str
    task: Task = Task.semantic
    channels: int = 3
    classes: list[DatasetClass]
    samples: list[Sample]
    void: list[int] = Field(default_factory=list)
    root: str
    created: str
    parent: str | None = None
    operation: str | None = None

    @property
    def pixel_shares(self) -> list[float]:
        """Each class's share of all labelled pixels, 0..1."""
        return pixel_shares(self.samples)

    @property
    def has_split(self) -> bool:
        """True if the dataset itself says what to learn from and what to measure with."""
        return {sample.part for sample in self.samples} == {"training", "validation"}

    def save(self, folder: Path) -> Path:
        """Write the manifest to `folder`/ID.json, atomically."""
        path = folder / f"{self.id}.json"
        write_json(path, self.model_dump(mode="json", by_alias=True))
        return path

    @classmethod
    def load(cls, path: Path) -> DatasetVersion:
        """Read a manifest. Raises NotFound or Corrupt."""
        return cls.model_validate(read_json(path))


def version_id(
    name: str,
    root: str,
    classes: list[DatasetClass],
    samples: list[Sample],
    void: Sequence[int] = (),
) -> str:
    """An id that only the same name, place, classes, palette, split and file contents have.

    The place belongs to it: a version never changes, and its files are read where they were left.
    """
    content: dict[str, Any] = {
        "name": name,
        "root": root,
        "classes": [entry.model_dump(mode="json") for entry in classes],
        "files": [(s.image.path, s.image.sha256, s.label.path, s.label.sha256) for s in samples],
    }
    if void or any(sample.part for sample in samples):
        content["meaning"] = [list(void), [sample.part for sample in samples]]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"dv-{digest[:16]}"


def pixel_shares(samples: list[Sample]) -> list[float]:
    """Each class's share of all labelled pixels of `samples`, 0..1."""
    totals = [sum(column) for column in zip(*(s.pixels for s in samples), strict=True)]
    whole = sum(totals) or 1
    return [total / whole for total in totals]


def class_frequencies(samples: list[Sample]) -> list[float]:
    """Each class's share of the labelled pixels of the `samples` that hold it, 0..1."""
    frequencies = []
    for column in zip(*(sample.pixels for sample in samples), strict=True):
        holding = (sum(s.pixels) for s, count in zip(samples, column, strict=True) if count)
        frequencies.append(sum(column) / (sum(holding) or 1))
    return frequencies


class Problem(Record):
    """One kind of fault found in a dataset: an error forbids training, a warning does not."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    files: list[str] = Field(default_factory=list)  # the first 20
    count: int = 1
