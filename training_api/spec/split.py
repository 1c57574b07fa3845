"""The split of a dataset version into training and validation: `split.json`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import Corrupt, InvalidDataset
from training_api.spec.files import read_json, write_json
from training_api.spec.job import Split


class DatasetSplit(Record):
    """Which samples a run learns from and which it measures with, by stem."""

    schema_: Literal[1] = Field(1, alias="schema")
    training: list[str]
    validation: list[str]
    sha256: str

    def save(self, path: Path) -> None:
        """Write atomically."""
        write_json(path, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def load(cls, path: Path) -> DatasetSplit:
        """Read. Raises NotFound, or Corrupt when the lists do not match their hash."""
        split = cls.model_validate(read_json(path))
        if split.sha256 != digest_of(split.training, split.validation):
            raise Corrupt(f"{path} does not match its own hash. Remove it and start the job again.")
        return split


def planned_counts(version: DatasetVersion, how: Split) -> tuple[int, int]:
    """(training, validation) images that `split_of` will give."""
    if how.use_dataset_split and version.has_split:
        training = sum(sample.part == "training" for sample in version.samples)
        return training, len(version.samples) - training
    return split_counts(len(version.samples), how.training_percent)


def split_of(version: DatasetVersion, how: Split, seed: int) -> DatasetSplit:
    """The version's own split if it brings one and `how` keeps it, else one drawn by `seed`."""
    if not (how.use_dataset_split and version.has_split):
        return split_stems([s.stem for s in version.samples], how.training_percent, seed)
    training = sorted(s.stem for s in version.samples if s.part == "training")
    others = sorted(s.stem for s in version.samples if s.part == "validation")
    return DatasetSplit(training=training, validation=others, sha256=digest_of(training, others))


def split_counts(images: int, training_percent: int) -> tuple[int, int]:
    """(training, validation) images: rounded to the nearest, at least one on each side.

    Raises InvalidDataset for fewer than two images.
    """
    if images < 2:
        raise InvalidDataset(
            f"The dataset has {images} labelled images; at least 2 are needed, one to learn from "
            "and one to measure with.",
            field="dataset",
        )
    training = min(max((images * training_percent + 50) // 100, 1), images - 1)
    return training, images - training


def split_stems(stems: list[str], training_percent: int, seed: int) -> DatasetSplit:
    """A split that depends on the seed and the names only, not on machine or library versions.

    Samples are put in the order of a hash of seed and stem; both lists are sorted by name.
    """
    training, _ = split_counts(len(stems), training_percent)

    def position(stem: str) -> str:
        return hashlib.sha256(f"{seed}/{stem}".encode()).hexdigest()

    drawn = sorted(stems, key=position)
    chosen, others = sorted(drawn[:training]), sorted(drawn[training:])
    return DatasetSplit(training=chosen, validation=others, sha256=digest_of(chosen, others))


def digest_of(training: list[str], validation: list[str]) -> str:
    """SHA-256 of both lists, as split.json holds it."""
    text = json.dumps({"training": training, "validation": validation}, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
