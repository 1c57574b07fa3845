"""Placing weights by hand, on a machine without Internet."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from training_api.cli.screen import size
from training_api.spec.errors import Conflict, NotFound
from training_api.weights.arrival import require_weights, unpacked
from training_api.weights.cache import WeightsCache
from training_api.weights.classifier import add_classifier
from training_api.weights.conversion import convert
from training_api.weights.registry import weight_file


def add_by_hand(root: Path, name: str, file: Path | None) -> str:
    """Copy published weights, or with `file` None a classifier's folder, below `root`.

    Returns what to tell. Raises NotFound, InvalidSpec, Corrupt or Conflict, WrongDigest for
    another file than the published one, or what the conversion raises.
    """
    if file is not None:
        return _file_added(WeightsCache(root), name, file)
    if not Path(name).is_dir():
        raise NotFound(
            f"{name} is no folder with a classifier. For published weights give the file too: "
            "segsmith weights add ID FILE."
        )
    added = add_classifier(Path(name).resolve(), root, convert)
    word = shlex.quote(f"classifier:{added.name}")
    return (
        f"Classifier '{added.name}' ({added.architecture}, {len(added.classes)} classes) is here. "
        f"Start from it: segsmith train DATASET_DIR --weights {word}"
    )


def _file_added(cache: WeightsCache, name: str, source: Path) -> str:
    file = weight_file(name)
    if not source.is_file():
        raise NotFound(f"{source} is no file. It comes from {file.url}.")
    with cache.alone(file) as alone:
        if not alone:
            raise Conflict(f"A job is fetching {file.id} now. `segsmith jobs` shows it.")
        copy = cache.incoming(file).with_suffix(f".{os.getpid()}.added")
        try:
            shutil.copyfile(source, copy)
            arrived = unpacked(file, copy)
            require_weights(file, arrived)
            source_words = f"by hand, from {source.name}"
            record = cache.accept(file, arrived, source=source_words, convert=convert)
        finally:
            for path in cache.incoming(file).parent.glob(f"{copy.name}*"):
                path.unlink(missing_ok=True)
    matched = f"matches {record.checked}" if record.checked else "has no published digest"
    return f"{file.id} is here: {size(record.size)}, {matched}. Licence: {record.licence}."
