"""What is written beside a file of weights when it has come."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.errors import NotFound
from training_api.spec.files import read_json

RECORD = "record.json"
"""Beside the file."""


class WeightsRecord(Record):
    """`record.json`: what lies beside it, where it came from and how it was checked."""

    schema_: Literal[1] = Field(1, alias="schema")
    id: str
    file: str  # as published
    size: int  # bytes
    sha256: str  # of `file`, as seen when it came
    checked: str | None  # the published digest that it matched, ALGORITHM:HEX; None: none is known
    loaded: str  # the file that trainers read: `file`, or the converted one
    loaded_sha256: str
    source: str  # the address, or "by hand"
    revision: str | None = None  # Hugging Face's commit, as the host named it
    licence: str
    added: str  # when


def read_record(folder: Path) -> WeightsRecord | None:
    """Of a file's folder; None without one. Raises Corrupt for a torn one."""
    try:
        return WeightsRecord.model_validate(read_json(folder / RECORD))
    except NotFound:
        return None
