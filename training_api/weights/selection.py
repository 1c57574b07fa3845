"""Which published weights an image brings: `training_api/assets/networks.json`.

A JSON object: ids of the registry with true or false, and `select_all`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from training_api.spec.errors import InvalidSpec
from training_api.spec.files import read_json
from training_api.weights.registry import all_weights
from training_api.weights.weight_file import WeightFile

NETWORKS = Path(__file__).resolve().parent.parent / "assets" / "networks.json"
"""The selection that is shipped; whoever builds images edits it."""
_ALL = "select_all"


class Amount(StrEnum):
    """How many weights an image brings."""

    light = "light"  # none
    mid = "mid"  # those set to true
    heavy = "heavy"  # all, as with "select_all": true


def selected(amount: Amount, path: Path = NETWORKS) -> tuple[WeightFile, ...]:
    """The files that an image of this amount brings.

    Raises NotFound or Corrupt for the file as a whole, InvalidSpec naming it and the key that is
    unknown or is neither true nor false.
    """
    chosen = _read(path)
    if amount is Amount.light:
        return ()
    everything = amount is Amount.heavy or chosen.get(_ALL, False)
    return tuple(file for file in all_weights() if everything or chosen.get(file.id, False))


def _read(path: Path) -> dict[str, bool]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise InvalidSpec(f"{path} holds no JSON object. Write names with true or false.")
    known = {_ALL, *(file.id for file in all_weights())}
    for key, value in document.items():
        if key not in known:
            raise InvalidSpec(
                f"{path}: there are no published weights '{key}'. Remove the line, or correct the "
                "name: `segsmith weights list` shows all."
            )
        if not isinstance(value, bool):
            raise InvalidSpec(f"{path}: '{key}' is {value!r}. Write true or false.")
    return document
