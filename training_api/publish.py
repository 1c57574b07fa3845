"""Publishing a model: a folder that is whole or absent, and independent of its job."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.composition import Job
from training_api.engines.base import Engine
from training_api.exports import exports_for
from training_api.exports.scripts import write_scripts
from training_api.first_weights import origin_of
from training_api.networks.base import Network
from training_api.spec.clock import now
from training_api.spec.errors import Conflict
from training_api.spec.files import out_of_space, sha256_of, sync_folder, write_json
from training_api.spec.model import ModelManifest
from training_api.spec.split import DatasetSplit
from training_api.transforms.resize import Size


@dataclass(frozen=True)
class Publication:
    """What a model is made of. `engine` holds the weights to publish, `figures` their validation;
    exports are proven on `images` (H×W×3); `say` is told what is going on.
    """

    job: Job
    size: Size
    engine: Engine
    figures: dict[str, Any]
    split: DatasetSplit
    images: list[NDArray[np.uint8]]
    say: Callable[[str], None]

    def publish(self) -> str:
        """Publish under the id that the launch assigned; returns it. Raises OutOfSpace."""
        models, model_id = Path(self.job.launch.models_dir), self.job.launch.model_id
        target, temporary = models / model_id, models / f".tmp-{model_id}"
        if target.exists():
            raise Conflict(f"There is already a model {model_id} in {models}. Resume the job.")
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            self.write(temporary)
            sync_tree(temporary)
            os.replace(temporary, target)
            sync_folder(models)
        except Exception as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, OSError):
                raise out_of_space(error, target) from error
            raise
        return model_id

    def write(self, folder: Path, with_exports: bool = True) -> ModelManifest:
        """Write all files of the model into the empty `folder`, the manifest last."""
        os.chmod(folder / self.engine.save_weights(folder), 0o644)
        self._write_palette(folder / "palette.txt")
        write_json(folder / "configuration.json", self._configuration())
        exports = self._export(folder) if with_exports else {}
        manifest = self._manifest(exports)
        self._write_scripts(folder, manifest)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        hashes = {str(path.relative_to(folder)): sha256_of(path) for path in files}
        manifest = manifest.model_copy(update={"files": hashes})
        manifest.save(folder)
        return manifest

    def _write_scripts(self, folder: Path, manifest: ModelManifest) -> None:
        """README.md and predict.py; no model is lost for want of them."""
        try:
            write_scripts(folder, manifest)
        except Exception as error:
            self.say(f"README.md and predict.py were not written: {error!r}")

    def _write_palette(self, path: Path) -> None:
        values = [part for entry in self.job.version.classes for part in entry.colour]
        path.write_text("".join(f"{value}\n" for value in values))

    def _configuration(self) -> dict[str, Any]:
        """The keys that readers of the GluonCV training GUI's models expect, and the sizes."""
        spec, given = self.job.spec, self.job.hyper_parameters
        return {
            "lr": given.learning_rate,
            "momentum": given.momentum,
            "weight_decay": given.weight_decay,
            "num_workers": given.workers,
            "batch_size": given.batch_size,
            "epochs": given.epochs,
            "backbone": spec.network.options.get("backbone", ""),
            "network": spec.network.name,
            "checkpoint_name": spec.name,
            "num_classes": len(self.job.version.classes),
            "classes_names": [entry.name for entry in self.job.version.classes],
            "inference_engine_name": "gluonsegmentation",
            "type": "semantic",
            "crop_size": given.crop_size,
            "base_size": given.base_size,
        }

    def _export(self, folder: Path) -> dict[str, Any]:
        """Every export's record by target; a failed one is refused, never fatal."""
        records: dict[str, Any] = {}
        for export in exports_for(self.job.spec.engine):
            target = folder / "exports" / export.target
            target.mkdir(parents=True)
            self.say(f"Exporting to {export.target}.")
            try:
                record = export.export(self.engine, self.images, target)
            except Exception as error:
                shutil.rmtree(target, ignore_errors=True)
                record = {"target": export.target, "status": "refused", "reason": str(error)}
            if record["status"] != "shipped":
                self.say(f"Not exported to {export.target}: {record['reason']}")
            records[export.target] = record
        return records

    def _manifest(self, exports: dict[str, Any]) -> ModelManifest:
        job, origin = self.job, origin_of(self.job.directory)
        facts = self.engine.facts()
        return ModelManifest(
            id=job.launch.model_id,
            name=job.spec.name,
            created=now(),
            job_id=job.launch.job_id,
            engine=job.spec.engine,
            network={
                "name": job.network.name,
                "title": job.network.title,
                "options": job.network.options.model_dump(mode="json"),
                "paper": job.network.paper,
                "size": list(self.size),
                "parameters": facts["parameters"],
            },
            dataset={
                "id": job.version.id,
                "name": job.version.name,
                "training_images": len(self.split.training),
                "validation_images": len(self.split.validation),
                "split_sha256": self.split.sha256,
            },
            classes=job.version.classes,
            preprocessing=self.engine.preprocessing,
            metrics=self.figures,
            spec=job.spec.document(),
            environment=_environment(facts),
            weights=origin,
            licences=_licences(job.network, origin),
            exports=exports,
            files={},
        )


def _licences(network: Network, origin: dict[str, Any]) -> dict[str, str]:
    """Of the code that a model is made with, and of the weights that it started from."""
    licences = {"segsmith": "Apache-2.0", "network": network.licence}
    if network.encoder is not None:
        licences["backbone"] = network.encoder.licence
    if "licence" in origin:
        licences["weights"] = origin["licence"]
    return licences


def _environment(facts: dict[str, Any]) -> dict[str, str]:
    """What the model was trained with."""
    import cv2

    known = {key: str(value) for key, value in facts.items() if key != "parameters"}
    return known | {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }


def sync_tree(folder: Path) -> None:
    """Make all files below `folder` durable."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
