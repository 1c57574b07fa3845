"""Which image belongs to which label: the same name up to the last dot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from training_api.formats.base import Findings
from training_api.formats.images import EXTENSIONS


def find_pairs(folder: Path, findings: Findings) -> list[tuple[Path, Path]]:
    """(image, label) paths of `folder`, sorted by name; what has no partner is reported."""
    images = _by_stem(folder, "images", findings)
    labels = _by_stem(folder, "labels", findings)
    if not all((folder / part).is_dir() for part in ("images", "labels")):
        return []  # that every file lacks its partner follows from it
    for stem in sorted(images.keys() - labels.keys()):
        findings.error(
            "image_without_label",
            "An image has no label of the same name in labels/. Add the label or remove the image.",
            f"images/{images[stem].name}",
        )
    for stem in sorted(labels.keys() - images.keys()):
        findings.error(
            "label_without_image",
            "A label has no image of the same name in images/. Add the image or remove the label.",
            f"labels/{labels[stem].name}",
        )
    pairs = [(images[stem], labels[stem]) for stem in sorted(images.keys() & labels.keys())]
    if len(pairs) < 2:
        findings.error(
            "too_few_images",
            f"There are {len(pairs)} labelled images; at least 2 are needed, one to learn from "
            "and one to measure with.",
        )
    return pairs


def _by_stem(folder: Path, part: str, findings: Findings) -> dict[str, Path]:
    """Image files of `folder`/`part` by their name up to the last dot."""
    root = folder / part
    if not root.is_dir():
        findings.error("missing_folder", f"The folder {part}/ is missing. Create it.", f"{part}/")
        return {}
    found: dict[str, Path] = {}
    for path in sorted(_visible(root)):
        if path.is_symlink() or not path.is_file() or path.suffix.lower() not in EXTENSIONS:
            findings.warning(
                "not_an_image",
                f"{part}/ holds something that is not an image file; it is left out.",
                f"{part}/{path.name}",
            )
        elif path.stem in found:
            findings.error(
                "same_name",
                f"Two files in {part}/ have the same name up to the ending. Rename one.",
                f"{part}/{path.name}",
            )
        else:
            found[path.stem] = path
    return found


def _visible(root: Path) -> Iterable[Path]:
    return (path for path in root.iterdir() if not path.name.startswith("."))
