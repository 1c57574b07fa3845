"""Fetching weights: the only kind of job with Internet access."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from training_api.spec.closed import Closed
from training_api.spec.events import Event
from training_api.spec.job import JobName
from training_api.spec.kinds.base import Kind
from training_api.spec.launch import Launch


class FetchSpec(Closed):
    """A fetch job: which of the named weights to bring."""

    schema_: Literal[1] = Field(1, alias="schema")
    name: JobName = Field(title="Name", description="Unique among your jobs.")
    kind: Literal["fetch"] = "fetch"
    weights: str = Field(
        min_length=1,
        max_length=120,
        title="Weights",
        description="Id of published weights; `segsmith weights list` shows them.",
    )

    def document(self) -> dict[str, Any]:
        """The spec as JSON values, under its outside names (`schema`)."""
        return self.model_dump(mode="json", by_alias=True)


class Fetch(Kind):
    """Proven by the record beside the file, which is written once the digest is right.

    Its events: started (weights, title, source, licence), progress (bytes, total_bytes and
    bytes_per_second and remaining_seconds or null, seconds), notice, finished (weights, bytes,
    seconds, stopped; unless stopped record, checked, sha256), failed.
    """

    name: ClassVar[str] = "fetch"
    Document: ClassVar[type[Closed]] = FetchSpec
    module: ClassVar[str] = "training_api.fetcher"
    takes_slot: ClassVar[bool] = False  # it must not wait behind a long training
    online: ClassVar[bool] = True

    work: ClassVar[str] = "download"
    worker: ClassVar[str] = "fetcher"
    on_resume: ClassVar[str] = "Resume it: it goes on where it was."
    unproven: ClassVar[str] = "its file is not in the weights folder"
    need_less_memory: ClassVar[str] = "Stop other jobs and resume it."

    def proof(self, launch: Launch, finished: Event) -> Path | None:
        """The record that the fetcher names: it is written last."""
        name = finished.get("record")
        return Path(launch.weights_dir) / str(name) if name and launch.weights_dir else None

    def stopped(self, proven: bool) -> str:
        """What came is kept for the next time."""
        return "The file is there." if proven else "What came so far is kept."


KIND = Fetch()
