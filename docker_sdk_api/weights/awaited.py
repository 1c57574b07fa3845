"""fetch.json: the fetch job that brings the weights of an attempt which is to begin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError

from training_api.spec.closed import Record
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.files import read_json, write_json


class Awaited(Record):
    """Written before the attempt begins; it stays, and tells why one began in vain."""

    schema_: Literal[1] = Field(1, alias="schema")
    job: str

    def save(self, directory: JobDirectory, attempt: int) -> None:
        """Write atomically. Raises OutOfSpace."""
        path = directory.attempt(attempt).fetch_path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def of(cls, directory: JobDirectory, attempt: int) -> Awaited | None:
        """What the attempt waits or waited for; None for nothing, or for a torn file."""
        try:
            return cls.model_validate(read_json(directory.attempt(attempt).fetch_path))
        except (NotFound, Corrupt, ValidationError):
            return None
