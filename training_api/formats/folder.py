"""The canonical folder: images/, labels/ (index PNG) and objectclasses.json."""

from __future__ import annotations

from pathlib import Path

from training_api.formats.base import Findings, Format
from training_api.formats.classes import check_classes, classes_of
from training_api.formats.labelled_image import read_labelled_images
from training_api.formats.object_classes import read_object_classes
from training_api.formats.pairs import find_pairs
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetClass, DatasetVersion, Sample, version_id
from training_api.spec.scan import Scan, contents_of


class Folder(Format):
    """Image and label belong together when their names agree up to the last dot."""

    name = "folder"
    title = "Folder with images/, labels/ and objectclasses.json"

    def recognises(self, folder: Path) -> bool:
        """True if one of the three parts is there."""
        return any((folder / part).exists() for part in ("images", "labels", "objectclasses.json"))

    def read(self, folder: Path, name: str) -> Scan:
        """Check everything; see Format."""
        findings = Findings()
        names = read_object_classes(folder / "objectclasses.json", findings)
        pairs = find_pairs(folder, findings)
        read = read_labelled_images(folder, pairs)
        samples = [entry.sample(names, findings) for entry in read]
        check_classes(names, samples, findings)
        kept = [sample for sample in samples if sample is not None]
        classes = classes_of(names, read)
        version = None if findings.has_errors else _version(folder, name, classes, kept)
        contents = contents_of(classes, kept)
        return Scan(version=version, problems=findings.problems(), contents=contents)


def _version(
    folder: Path, name: str, classes: list[DatasetClass], samples: list[Sample]
) -> DatasetVersion:
    return DatasetVersion(
        id=version_id(name, str(folder), classes, samples),
        name=name,
        format=Folder.name,
        classes=classes,
        samples=samples,
        root=str(folder),
        created=now(),
    )


FORMAT = Folder
