"""Published models: list, view, download, delete."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from docker_sdk_api.home import Home, is_id
from docker_sdk_api.jobs.actions import discard
from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.model import ModelManifest
from training_api.spec.model_zip import model_files

log = logging.getLogger(__name__)

_SHIPPED = "shipped"


class ModelLibrary:
    """The models of this installation. Blocking; thread-safe."""

    def __init__(self, home: Home) -> None:
        self._folder = home.models
        self._guard = threading.Lock()
        self._manifests: dict[str, tuple[int, ModelManifest, int]] = {}

    def all(self) -> list[dict[str, Any]]:
        """The ModelViews, newest first; a damaged model is left out and logged."""
        views = []
        for folder in self._folder.iterdir():
            if is_id(folder.name) and (folder / "manifest.json").is_file():
                try:
                    views.append(self.view(folder.name))
                except Corrupt as error:
                    log.warning("%s", error)
        return sorted(views, key=lambda view: view["created"], reverse=True)

    def view(self, model_id: str) -> dict[str, Any]:
        """The ModelView. Raises NotFound or Corrupt."""
        manifest, size = self._read(model_id)
        backbone = manifest.network.get("options", {}).get("backbone")
        iou = manifest.metrics.get("iou") or []
        names = [entry.name for entry in manifest.classes]
        return {
            "id": manifest.id,
            "name": manifest.name,
            "job_id": manifest.job_id,
            "created": manifest.created,
            "engine": manifest.engine,
            "network": manifest.network.get("name"),
            "backbone": backbone,
            "dataset": {key: manifest.dataset.get(key) for key in ("id", "name")},
            "miou": manifest.metrics.get("miou"),
            "iou": dict(zip(names, iou, strict=False)),
            "classes": [entry.model_dump(mode="json") for entry in manifest.classes],
            "size_bytes": size,
            "exports": [
                target
                for target, record in manifest.exports.items()
                if record.get("status") == _SHIPPED
            ],
        }

    def detail(self, model_id: str) -> dict[str, Any]:
        """The ModelView and the whole manifest. Raises NotFound or Corrupt."""
        manifest, _ = self._read(model_id)
        return self.view(model_id) | {"manifest": manifest.model_dump(mode="json", by_alias=True)}

    def _read(self, model_id: str) -> tuple[ModelManifest, int]:
        """Manifest and size; kept in memory, since a published model does not change."""
        folder = self.folder(model_id)
        changed = (folder / "manifest.json").stat().st_mtime_ns
        with self._guard:
            known = self._manifests.get(model_id)
        if known is not None and known[0] == changed:
            return known[1], known[2]
        try:
            manifest = ModelManifest.load(folder)
        except ValidationError as error:
            raise Corrupt(f"{folder / 'manifest.json'} is no model manifest.") from error
        size = sum(path.stat().st_size for path in model_files(folder))
        with self._guard:
            self._manifests[model_id] = (changed, manifest, size)
        return manifest, size

    def folder(self, model_id: str) -> Path:
        """Where the model is. Raises NotFound."""
        folder = self._folder / model_id
        if not is_id(model_id) or not (folder / "manifest.json").is_file():
            raise NotFound("There is no such model; it may have been deleted.")
        return folder

    def delete(self, model_id: str) -> None:
        """Remove a model for good. Raises NotFound."""
        discard(self.folder(model_id))
        with self._guard:
            self._manifests.pop(model_id, None)
