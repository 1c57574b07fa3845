"""CamVid as SegNet publishes it: list files of image and label, and labels.txt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from training_api.formats.base import Findings, Format
from training_api.formats.classes import check_classes, classes_of
from training_api.formats.image_list import ListedPair, read_image_list
from training_api.formats.labelled_image import read_labelled_images
from training_api.spec.clock import now
from training_api.spec.dataset import DatasetVersion, Sample, version_id
from training_api.spec.scan import Scan, contents_of

Part = Literal["training", "validation"]
LISTS: dict[str, Part] = {"train.txt": "training", "val.txt": "validation"}
NAMES = "labels.txt"
VOID = ("void", "unlabelled", "unlabeled", "ignore")
CAMVID = (
    *("sky", "building", "pole", "road", "pavement", "tree", "signsymbol", "fence", "car"),
    *("pedestrian", "bicyclist", "void"),
)
"""The ids of SegNet's CamVid, for copies without labels.txt.

Badrinarayanan, Kendall, Cipolla, SegNet, 2017; Brostow, Fauqueur, Cipolla, "Semantic object
classes in video", 2009.
"""


class CamVid(Format):
    """train.txt and val.txt name image and label per line; the split is kept."""

    name = "camvid"
    title = "CamVid: train.txt, val.txt (image and label per line) and labels.txt"

    def recognises(self, folder: Path) -> bool:
        """True if both list files are there."""
        return all((folder / name).is_file() for name in LISTS)

    def read(self, folder: Path, name: str) -> Scan:
        """Check everything; see Format."""
        findings = Findings()
        names = _names(folder, findings)
        void = [index for index, entry in enumerate(names) if entry.lower() in VOID]
        trained = names[: void[0]] if void else names
        pairs = [*_pairs(folder, findings)]
        read = read_labelled_images(folder, [pair for _, pair in pairs])
        samples = [entry.sample(trained, findings, void) for entry in read]
        check_classes(trained, samples, findings)
        parted = zip(samples, pairs, strict=True)
        kept = [s.model_copy(update={"part": part}) for s, (part, _) in parted if s is not None]
        version = None if findings.has_errors else _version(folder, name, trained, void, kept)
        contents = contents_of(classes_of(trained), kept)
        return Scan(version=version, problems=findings.problems(), contents=contents)


def _names(folder: Path, findings: Findings) -> list[str]:
    """The class names by id, void ones last."""
    path = folder / NAMES
    if not path.is_file():
        findings.warning(
            "missing_names", "labels.txt is missing; CamVid's own class names are taken.", NAMES
        )
        return [*CAMVID]
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    void = [index for index, entry in enumerate(names) if entry.lower() in VOID]
    if void and void != [*range(void[0], len(names))]:
        findings.error(
            "void_in_between",
            f"labels.txt names '{names[void[0]]}' before other classes. Void ids must be the last: "
            "move its line to the end and change the labels to match.",
            NAMES,
        )
    if len({entry.lower() for entry in names}) < len(names) or len(names) - len(void) < 2:
        findings.error(
            "bad_classes", "labels.txt must name at least two classes, each once.", NAMES
        )
    return names


def _pairs(folder: Path, findings: Findings) -> Iterator[tuple[Part, ListedPair]]:
    """Every listed pair with its side of the split; an image is listed once."""
    seen: dict[str, str] = {}
    for name, part in LISTS.items():
        listed = read_image_list(folder, name, findings)
        if not listed:
            findings.error(
                "empty_list", f"{name} names no image with its label. List at least one.", name
            )
        for pair in listed:
            if pair[0].stem in seen:
                findings.error(
                    "listed_twice",
                    f"An image name occurs twice (first in {seen[pair[0].stem]}). Remove one line.",
                    str(pair[0].relative_to(folder)),
                )
                continue
            seen[pair[0].stem] = name
            yield part, pair


def _version(
    folder: Path, name: str, names: list[str], void: list[int], samples: list[Sample]
) -> DatasetVersion:
    classes = classes_of(names)
    return DatasetVersion(
        id=version_id(name, str(folder), classes, samples, void),
        name=name,
        format=CamVid.name,
        classes=classes,
        samples=samples,
        void=void,
        root=str(folder),
        created=now(),
    )


FORMAT = CamVid
