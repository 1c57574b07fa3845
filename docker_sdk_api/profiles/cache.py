"""Measurements that are kept: $SEGSMITH_HOME/profiles.json."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from training_api.spec.closed import Record
from training_api.spec.errors import SegsmithError
from training_api.spec.files import read_json, write_json
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.profile import Profile

MOST = 500


class Kept(Record):
    """A measurement, and the hyper-parameters that it was made for."""

    profile: Profile
    hyper_parameters: HyperParameters


class _Document(Record):
    schema_: Literal[1] = Field(1, alias="schema")
    profiles: dict[str, Kept] = Field(default_factory=dict)  # by key, oldest first


class ProfileCache:
    """The file. One process writes it, the orchestrator; its threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The measurement of this key, if it is kept."""
        return self._read().get(key)

    def add(self, key: str, kept: Kept) -> None:
        """Keep a measurement, the oldest are dropped for it. Raises OutOfSpace."""
        with self._turn:
            known = {name: entry for name, entry in self._read().items() if name != key}
            newest = dict([*known.items(), (key, kept)][-MOST:])
            document = _Document(profiles=newest)
            write_json(self._path, document.model_dump(mode="json", by_alias=True))

    def _read(self) -> dict[str, Kept]:
        """Empty for a file that is not there or cannot be read: it can be measured again."""
        try:
            return _Document.model_validate(read_json(self._path)).profiles
        except (SegsmithError, ValidationError):
            return {}
