"""The published models in a folder."""

from __future__ import annotations

import re
from pathlib import Path

from training_api.spec.errors import NotFound, SegsmithError
from training_api.spec.model import ModelManifest

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


class Library:
    """Models by id. A published model never changes, so that its manifest is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifests: dict[str, ModelManifest] = {}

    def folder(self, model_id: str) -> Path:
        """The model's folder. Raises NotFound for an id that is not published."""
        path = self._folder / model_id
        if _ID.fullmatch(model_id) is None or not (path / "manifest.json").is_file():
            raise NotFound(f"There is no model '{model_id}'. The list of models names all ids.")
        return path

    def manifest(self, model_id: str) -> ModelManifest:
        """Raises NotFound or Corrupt."""
        folder = self.folder(model_id)
        if model_id not in self._manifests:
            self._manifests[model_id] = ModelManifest.load(folder)
        return self._manifests[model_id]

    def manifests(self) -> list[ModelManifest]:
        """All models whose manifest can be read, newest first."""
        found = []
        for entry in self._folder.iterdir() if self._folder.is_dir() else ():
            try:
                found.append(self.manifest(entry.name))
            except (SegsmithError, ValueError):  # not a model, or not readable as one
                continue
        return sorted(found, key=lambda manifest: manifest.created, reverse=True)
