"""The outcome of a dataset check, kept with the fingerprint of what was read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.dataset import Problem
from training_api.spec.scan import Contents

_PARTS = ("images", "labels")


class DatasetCheck(Record):
    """What a check of a folder found. `version` is None if there were errors, and `contents`
    count the files without.
    """

    schema_: Literal[1] = Field(1, alias="schema")
    name: str
    folder: str
    fingerprint: str  # of all names, sizes and times
    glance: str  # of the folders' own times: cheap, and enough to see that files came or went
    version: str | None
    images: int
    problems: list[Problem]
    contents: Contents | None = None  # of checks by earlier releases
    checked: str


def fingerprint(folder: Path) -> str:
    """A hash that changes when any file's name, size or modification time does."""
    digest = hashlib.sha256()
    for line in sorted(_lines(folder)):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _lines(folder: Path) -> Iterator[str]:
    yield _line(folder / "objectclasses.json")
    for part in _PARTS:
        if (folder / part).is_dir():
            with os.scandir(folder / part) as entries:
                for entry in entries:
                    stat = entry.stat(follow_symlinks=False)
                    yield f"{part}/{entry.name} {stat.st_size} {stat.st_mtime_ns}\n"


def glance(folder: Path) -> str:
    """A hash that changes when files come or go, or the classes change; reads no listing."""
    lines = [_line(folder / part) for part in ("objectclasses.json", *_PARTS)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _line(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return f"{path.name} is absent\n"
    return f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n"


def image_count(folder: Path) -> int:
    """How many files images/ holds."""
    images = folder / "images"
    return sum(entry.is_file() for entry in images.iterdir()) if images.is_dir() else 0
