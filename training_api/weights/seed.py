"""Weights that came with the installation, in an image for one: a folder that is only read.

It is laid out as $SEGSMITH_HOME/weights. A file of it counts as present; the first training that
needs it takes it over, so that trainers find all weights in one place.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from training_api.spec.errors import Corrupt
from training_api.spec.files import out_of_space, sha256_of, sync_folder, write_json
from training_api.weights.record import RECORD, WeightsRecord, read_record
from training_api.weights.weight_file import WeightFile

SEED = "SEGSMITH_WEIGHTS_SEED"
"""Environment variable: the folder."""


def seed_folder() -> Path | None:
    """The folder that the environment names; None for none."""
    named = os.environ.get(SEED, "")
    return Path(named) if named else None


class Seed:
    """The folder `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _folder(self, file: WeightFile) -> Path:
        return self._root / file.host / file.name

    def record(self, file: WeightFile) -> WeightsRecord | None:
        """Of a file that it holds; None too for a damaged one, which nobody can mend here."""
        try:
            record = read_record(self._folder(file))
        except Corrupt:
            return None
        return record if record and (self._folder(file) / record.loaded).is_file() else None

    def place(self, file: WeightFile, folder: Path, part: Path) -> WeightsRecord | None:
        """Make `folder` hold the file with its record, by way of the folder `part` beside it.

        Raises Corrupt when it was changed since it came, OutOfSpace.
        """
        record = self.record(file)
        if record is None:
            return None
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir()
            self._copy(file, record, part)
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise out_of_space(error, part) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return record

    def _copy(self, file: WeightFile, record: WeightsRecord, target: Path) -> None:
        source = self._folder(file) / record.loaded
        try:
            shutil.copyfile(source, target / record.loaded)
        except PermissionError as error:
            raise Corrupt(
                f"{error.filename} cannot be read by this account. Build or load the image again."
            ) from error
        if sha256_of(target / record.loaded) != record.loaded_sha256:
            raise Corrupt(
                f"{source} was changed since it came with the installation. Build or load the "
                "image again."
            )
        write_json(target / RECORD, record.model_dump(mode="json", by_alias=True))
