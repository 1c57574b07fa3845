"""Text files that name an image and its label per line."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from training_api.formats.base import Findings
from training_api.formats.images import EXTENSIONS

ListedPair = tuple[Path, Path]
"""Image and label."""


def read_image_list(folder: Path, name: str, findings: Findings) -> list[ListedPair]:
    """The pairs that `folder`/`name` lists, in its order; faulty lines are reported.

    A path that does not exist as written is looked up below `folder` without its first parts
    (`/SegNet/CamVid/train/a.png` → `train/a.png`), so that lists written elsewhere work.
    """
    text = (folder / name).read_text(encoding="utf-8", errors="replace")
    pairs: list[ListedPair] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2:
            findings.error(
                "bad_line",
                "A line must hold an image and its label, separated by a blank.",
                f"{name}:{number}",
            )
            continue
        found = [_found(folder, word) for word in words]
        for word, path in zip(words, found, strict=True):
            if path is None:
                findings.error(
                    "listed_file_missing",
                    f"{name} names a file that is not below the dataset's folder. Add the file "
                    "or remove the line.",
                    word,
                )
        if found[0] is not None and found[1] is not None:
            pairs.append((found[0], found[1]))
    return pairs


def _found(folder: Path, word: str) -> Path | None:
    """The file below `folder` that the longest end of the path `word` names."""
    parts = [part for part in PurePosixPath(word).parts if part not in ("/", ".")]
    if ".." in parts or PurePosixPath(word).suffix.lower() not in EXTENSIONS:
        return None
    for start in range(len(parts)):
        path = folder.joinpath(*parts[start:])
        if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(folder):
            return path
    return None
