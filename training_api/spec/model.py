"""Published models: a folder with a manifest that names and hashes every file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.dataset import DatasetClass
from training_api.spec.errors import Corrupt
from training_api.spec.files import read_json, sha256_of, write_json

PROTOCOL = (
    "Counts pooled over the whole validation split at label resolution; label 255 is left out; "
    "IoU = TP/(TP+FP+FN); a class with neither truth nor prediction is undefined and not averaged."
)


class Preprocessing(Record):
    """How an RGB image becomes the network's input: NumPy only; resizing is in the graph.

    value = (pixel / 255 - mean) / std, layout NCHW float32. The graph scales the short side to
    `base_size` (0 keeps the size) with both sides rounded to `multiple`; see
    training_api.spec.preprocessing.
    """

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    base_size: int
    multiple: int = 32


class ModelManifest(Record):
    """`models/ID/manifest.json`, written last."""

    schema_: Literal[1] = Field(1, alias="schema")
    id: str
    name: str
    created: str
    job_id: str
    engine: str
    network: dict[str, Any]
    dataset: dict[str, Any]  # id, name, training_images, validation_images, split_sha256
    classes: list[DatasetClass]
    channels: int = 3
    preprocessing: Preprocessing
    metrics: dict[str, Any]  # the best validation event's numbers, with `epoch`
    protocol: str = PROTOCOL
    spec: dict[str, Any]
    environment: dict[str, str]
    weights: dict[str, Any] = Field(default_factory=dict)  # where the first ones came from
    licences: dict[str, str]
    exports: dict[str, Any]  # target -> {"status": "shipped"|"refused", "reason": str, ...}
    files: dict[str, str]  # path below the folder -> SHA-256

    def save(self, folder: Path) -> None:
        """Write manifest.json atomically."""
        write_json(folder / "manifest.json", self.model_dump(mode="json", by_alias=True))

    @classmethod
    def load(cls, folder: Path) -> ModelManifest:
        """Read a model folder's manifest. Raises NotFound or Corrupt."""
        return cls.model_validate(read_json(folder / "manifest.json"))


def verify_model(folder: Path) -> ModelManifest:
    """The manifest, once every file matched its hash; else raises Corrupt naming the file."""
    manifest = ModelManifest.load(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise Corrupt(f"{path} does not match the model's manifest. Publish the model again.")
    return manifest
