"""The dataset formats: one file each; the first that recognises a folder reads it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from training_api.formats.base import Format
from training_api.spec.errors import InvalidDataset
from training_api.spec.scan import Scan

_MODULES = ("training_api.formats.camvid", "training_api.formats.folder")
"""A new format is a new file with a class `FORMAT`, and its line here. The last is the default."""


@cache
def all_formats() -> tuple[Format, ...]:
    """One reader per format, in the order in which folders are offered to them."""
    return tuple(import_module(module).FORMAT() for module in _MODULES)


def scan_folder(folder: Path, name: str | None = None) -> Scan:
    """Read `folder` as a dataset version called `name` (default: the folder's name, or the link's).

    All problems are listed in the scan; it holds a version only if none of them is an error.
    Raises InvalidDataset when there is no such folder. Decodes images: run it in a ChildPool
    where the folder is not the caller's own.
    """
    if not folder.is_dir():
        raise InvalidDataset(
            f"{folder} is not a folder. Name the folder that holds images/, labels/ and "
            "objectclasses.json.",
            field="dataset",
        )
    name = name or folder.absolute().name
    folder = folder.resolve()
    formats = all_formats()
    chosen = next((entry for entry in formats if entry.recognises(folder)), formats[-1])
    return chosen.read(folder, folder.name if name in ("", "..") else name)
