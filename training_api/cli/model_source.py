"""Where a command takes MODEL: an id, a name, a folder or a ZIP."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.model import ModelManifest, verify_model

LARGEST_MANIFEST = 16 << 20
LARGEST_MODEL = 8 << 30
"""Bytes that a ZIP may unpack to."""


@contextmanager
def opened_model(home: Path, name: str) -> Iterator[tuple[Path, ModelManifest]]:
    """The model's folder and manifest; a ZIP is unpacked while the context lives.

    Raises NotFound, or Corrupt if a file does not match the manifest.
    """
    path = Path(name)
    if path.is_dir():
        yield path, _verified(path)
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="segsmith-") as scratch:
            unpack(path, Path(scratch))
            yield Path(scratch), _verified(Path(scratch))
    else:
        yield published_model(home, name)


def published_model(home: Path, name: str) -> tuple[Path, ModelManifest]:
    """The home's model with this id, or else the newest with this name. Raises NotFound."""
    from inference_api.library import Library

    library = Library(home / "models")
    known = library.manifests()
    for manifest in sorted(known, key=lambda manifest: manifest.id != name):  # ids come first
        if name in (manifest.id, manifest.name):
            return library.folder(manifest.id), manifest
    raise NotFound(
        f"There is no model '{name}': no id or name of {home / 'models'}, no folder and no ZIP. "
        "`segsmith models` lists all.",
        field="model",
    )


def _verified(folder: Path) -> ModelManifest:
    try:
        return verify_model(folder)
    except NotFound as error:
        raise NotFound(
            f"{folder} is not a model: it has no manifest.json. Name the folder or the ZIP that "
            "training published.",
            field="model",
        ) from error
    except ValidationError as error:
        raise Corrupt(f"{folder / 'manifest.json'} is not a model's manifest.") from error


def unpack(path: Path, target: Path) -> None:
    """Unpack what the manifest of a model's ZIP names, and nothing else, into `target`.

    Raises Corrupt for anything but such a ZIP: sizes are counted as they come, not as declared.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _unpack(archive, target)
    except (zipfile.BadZipFile, ValidationError, KeyError, NotImplementedError) as error:
        raise Corrupt(
            f"{path} is not a model. Name the ZIP that was downloaded from Segsmith.", field="model"
        ) from error


def _unpack(archive: zipfile.ZipFile, target: Path) -> None:
    _copy(archive, "manifest.json", target, LARGEST_MANIFEST)
    left = LARGEST_MODEL
    for name in ModelManifest.load(target).files:
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\\" in name:
            raise Corrupt(f"The manifest names '{name}', which is no file of a model.")
        left = _copy(archive, name, target, left)


def _copy(archive: zipfile.ZipFile, name: str, target: Path, limit: int) -> int:
    """Write one member; the number of bytes that are left of `limit`."""
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, path.open("wb") as file:
        while block := source.read(1 << 20):
            limit -= len(block)
            if limit < 0:
                shutil.rmtree(target, ignore_errors=True)
                raise Corrupt("The ZIP unpacks to more than a model may hold.")
            file.write(block)
    return limit
