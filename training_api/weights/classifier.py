"""A classifier that the user brings: a folder with its weights, classes.txt and config.json.

The layout is that of the classification trainer beside the GluonCV GUI: `model_best.params`,
`classes.txt` (names, separated by commas or lines) and `config.json` whose `network` names the
architecture. For the torch engine the weights are `model.safetensors`, or a .pth that
`add_classifier` converts. Only the encoder is used.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training_api.spec.closed import Record
from training_api.spec.errors import Corrupt, InvalidSpec, NotFound
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import command_word

FOLDER = "classifiers"
"""Below $SEGSMITH_HOME/weights."""
PARAMS = "model_best.params"
SAFETENSORS = "model.safetensors"
_PICKLED = (".pth", ".pt")


class _Config(Record):
    """The part of config.json that counts; trainers write much more into it."""

    network: str


@dataclass(frozen=True)
class Classifier:
    """What lies in a classifier's folder."""

    name: str
    folder: Path
    architecture: str  # as config.json names it
    classes: list[str]

    def weights(self, engine: EngineName) -> Path | None:
        """The file that `engine` reads, or None if there is none for it."""
        path = self.folder / (PARAMS if engine is EngineName.gluoncv else SAFETENSORS)
        return path if path.is_file() else None

    @property
    def format(self) -> Literal["params", "safetensors", "both"]:
        """What its weights are written in."""
        params, tensors = (
            self.weights(engine) for engine in (EngineName.gluoncv, EngineName.torch)
        )
        return "both" if params and tensors else "params" if params else "safetensors"


def read_classifier(folder: Path) -> Classifier:
    """The classifier in `folder`. Raises NotFound or Corrupt, naming the file and what it needs."""
    if not folder.is_dir():
        raise NotFound(
            f"There is no classifier '{folder.name}'. Add it: `{command_word()} weights add`."
        )
    try:
        config = _Config.model_validate(read_json(folder / "config.json"))
        text = (folder / "classes.txt").read_text(encoding="utf-8")
    except ValueError as error:
        raise Corrupt(
            f"{folder / 'config.json'} does not name the architecture: it needs "
            '{"network": "resnet50_v1b"} or another name. Correct it.'
        ) from error
    except FileNotFoundError as error:
        raise NotFound(
            f"{folder / 'classes.txt'} does not exist: it lists the classifier's classes, "
            "separated by commas."
        ) from error
    classes = [name.strip() for name in re.split(r"[,\n]", text) if name.strip()]
    return Classifier(folder.name, folder, config.network, classes)


def all_classifiers(root: Path) -> list[Classifier]:
    """Those below `root` ($SEGSMITH_HOME/weights) that can be read, by name."""
    found = []
    for folder in sorted(path for path in (root / FOLDER).glob("*") if path.is_dir()):
        try:
            found.append(read_classifier(folder))
        except (NotFound, Corrupt):
            continue
    return found


def add_classifier(source: Path, root: Path, convert: Callable[[Path, Path], None]) -> Classifier:
    """Copy the classifier in the folder `source` below `root`, its .pth converted.

    Replaces one of the same name. Raises NotFound or Corrupt (see `read_classifier`), InvalidSpec
    when it holds no weights, or what `convert` raises.
    """
    read_classifier(source)
    files = [source / PARAMS, source / SAFETENSORS]
    pickled = sorted(path for path in source.iterdir() if path.suffix in _PICKLED)
    if not any(path.is_file() for path in files) and len(pickled) != 1:
        raise InvalidSpec(
            f"{source} holds no weights: {PARAMS} (GluonCV), {SAFETENSORS} or one .pth (PyTorch) "
            "is needed."
        )
    staged = root / "incoming" / source.name
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for path in [*files, source / "config.json", source / "classes.txt"]:
        if path.is_file():
            shutil.copyfile(path, staged / path.name)
    if not (staged / SAFETENSORS).exists() and pickled:
        convert(pickled[0], staged / SAFETENSORS)
    target = root / FOLDER / source.name
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target)
    return read_classifier(target)
