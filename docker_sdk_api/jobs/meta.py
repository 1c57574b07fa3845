"""meta.json: what the orchestrator knows of a job beyond its spec."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.directory import JobDirectory
from training_api.spec.files import read_json, write_json


class Meta(Record):
    """Written when the job is accepted, and again when it is cancelled while it waits."""

    schema_: Literal[1] = Field(1, alias="schema")
    id: str
    project_id: str
    parent_id: str | None = None
    created_by: str
    created: str
    dataset_name: str
    idempotency_key: str | None = None
    request_sha256: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    cancelled_after_attempt: int | None = None  # cancelled in the queue after this many attempts

    def save(self, directory: JobDirectory) -> None:
        """Write atomically."""
        write_json(directory.meta_path, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def load(cls, directory: JobDirectory) -> Meta:
        """Read; raises NotFound or Corrupt."""
        return cls.model_validate(read_json(directory.meta_path))
