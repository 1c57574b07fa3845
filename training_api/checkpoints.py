"""Checkpoints on disk: one folder each, whole or absent, verified when read.

A folder holds `tensors.safetensors`, `state.json` and, written last, `manifest.json` with the
SHA-256 of both (safetensors itself has no checksum). Kept are the last two and the best one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.progress import Progress
from training_api.spec.errors import Corrupt, NotFound, SegsmithError
from training_api.spec.files import out_of_space, read_json, sha256_of, sync_folder, write_json

TENSORS, STATE, MANIFEST = "tensors.safetensors", "state.json", "manifest.json"
_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """All that continues a run. `best` marks the weights of the best validation so far."""

    tensors: dict[str, NDArray[Any]]
    engine: dict[str, Any]
    progress: Progress
    best: bool

    @property
    def name(self) -> str:
        """Its folder's name; see Progress.position."""
        return self.progress.position

    @property
    def is_finite(self) -> bool:
        """False if a weight is infinite or not a number (a sum is, if one of its terms is)."""
        with np.errstate(all="ignore"):
            return all(
                bool(np.isfinite(array.sum()))
                for array in self.tensors.values()
                if array.dtype.kind == "f"
            )


class CheckpointStore:
    """The `checkpoints` folder of a job. Only a trainer writes; anybody may read.

    `notice` is told, in a sentence, of a checkpoint that had to be passed over.
    """

    def __init__(self, folder: Path, notice: Callable[[str], None] = lambda text: None) -> None:
        self._folder = folder
        self._notice = notice

    def sweep(self) -> None:
        """Create the folder, and remove what a killed trainer left half-written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(".tmp-*"):
            shutil.rmtree(left, ignore_errors=True)

    def names(self) -> list[str]:
        """The published checkpoints, oldest first."""
        return sorted(entry.name for entry in self._folder.glob("step-*"))

    def save(self, checkpoint: Checkpoint) -> str:
        """Publish atomically, durably, and remove what is no longer kept. Raises OutOfSpace."""
        target = self._folder / checkpoint.name
        temporary = self._folder / f".tmp-{checkpoint.name}"
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            _write(temporary, checkpoint)
            shutil.rmtree(target, ignore_errors=True)  # one that was found corrupt
            os.replace(temporary, target)
            sync_folder(self._folder)
        except Exception as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, OSError):
                raise out_of_space(error, target) from error
            raise
        self._prune(checkpoint.name)
        return checkpoint.name

    def load(self, name: str) -> Checkpoint:
        """Read and verify. Raises NotFound or Corrupt."""
        folder = self._folder / name
        manifest = read_json(folder / MANIFEST)
        for file in (TENSORS, STATE):
            if sha256_of(folder / file) != manifest["files"][file]:
                raise Corrupt(f"{folder / file} does not match its checkpoint's manifest.")
        from safetensors.numpy import load_file

        state = read_json(folder / STATE)
        progress = Progress.of(state["progress"])
        return Checkpoint(load_file(folder / TENSORS), state["engine"], progress, state["best"])

    def set_aside_after(self, checkpoint: Checkpoint | None) -> list[str]:
        """Take damaged checkpoints newer than the one that a run resumes from out of the order.

        They would count as the newest and as the best and push whole ones out. They stay in the
        folder under another name. Returns their names.
        """
        resumed = checkpoint.name if checkpoint else ""
        damaged = [name for name in self.names() if name > resumed]
        for name in damaged:
            aside = self._folder / f"damaged-{name}"
            shutil.rmtree(aside, ignore_errors=True)  # of an earlier attempt
            os.replace(self._folder / name, aside)
        return damaged

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint; corrupt ones are noticed and passed over."""
        return self._newest(self.names())

    def best(self) -> Checkpoint | None:
        """The whole checkpoint with the best weights so far."""
        return self._newest([name for name in self.names() if self._is_best(name)])

    def _newest(self, names: list[str]) -> Checkpoint | None:
        for name in reversed(names):
            try:
                return self.load(name)
            except (SegsmithError, OSError, KeyError, TypeError, ValueError) as error:
                self._notice(f"Checkpoint {name} is damaged and was passed over ({error}).")
        return None

    def _is_best(self, name: str) -> bool:
        try:
            return bool(read_json(self._folder / name / STATE)["best"])
        except (NotFound, Corrupt, OSError, KeyError, TypeError):
            return False

    def _prune(self, saved: str) -> None:
        names = self.names()
        best = [name for name in names if self._is_best(name)]
        for name in set(names[:-_KEPT]) - {*best[-1:], saved}:
            shutil.rmtree(self._folder / name, ignore_errors=True)


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    from safetensors.numpy import save_file

    tensors = {key: np.asarray(array, order="C") for key, array in checkpoint.tensors.items()}
    save_file(tensors, folder / TENSORS)
    os.chmod(folder / TENSORS, 0o644)  # safetensors makes files for their owner alone
    _sync_file(folder / TENSORS)
    state = {
        "schema": 1,
        "engine": checkpoint.engine,
        "progress": checkpoint.progress.document(),
        "best": checkpoint.best,
    }
    write_json(folder / STATE, state)
    hashes = {name: sha256_of(folder / name) for name in (TENSORS, STATE)}
    write_json(folder / MANIFEST, {"schema": 1, "files": hashes})


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
