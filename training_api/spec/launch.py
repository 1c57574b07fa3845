"""Files between orchestrator and agent: what to start, how it ended, where to reach it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from training_api.spec.closed import Record
from training_api.spec.errors import ReasonCode
from training_api.spec.files import read_json, write_json
from training_api.spec.states import JobState
from training_api.spec.weights import InitialWeights


class Launch(Record):
    """`attempts/N/launch.json`: written by the orchestrator before the runner is asked.

    Paths are as the agent sees them (inside its container, if it has one).
    """

    schema_: Literal[1] = Field(1, alias="schema")
    job_id: str
    attempt: int
    dataset_manifest: str
    dataset_root: str
    models_dir: str
    model_id: str
    weights_dir: str = ""  # where fetched weights are kept
    initial_weights: InitialWeights | None = None  # what a training starts from
    devices: list[str] = Field(default_factory=lambda: ["cpu"])  # "cpu", GPU UUIDs, or none
    cpus: int = 1
    batch_size: int | None = None  # set when memory forced a smaller one
    accumulation: int | None = None  # set with it, for as many images per step as were asked for
    stop_grace_seconds: float = 60.0
    image_id: str | None = None
    created: str

    def save(self, path: Path) -> None:
        """Write atomically."""
        write_json(path, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def load(cls, path: Path) -> Launch:
        """Read; raises NotFound or Corrupt."""
        return cls.model_validate(read_json(path))


class Result(Record):
    """`attempts/N/result.json`: written once by the agent when the trainer has ended."""

    schema_: Literal[1] = Field(1, alias="schema")
    attempt: int
    state: JobState  # succeeded, failed, cancelled or interrupted
    reason: ReasonCode | None = None
    message: str = ""  # a sentence with the remedy
    exit_code: int | None = None
    signal: str | None = None
    model_id: str | None = None
    started: str
    ended: str
    log_tail: list[str] = Field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write atomically."""
        write_json(path, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read; raises NotFound or Corrupt."""
        return cls.model_validate(read_json(path))


class Endpoint(Record):
    """`attempts/N/endpoint.json`: where the agent serves; a unix socket, or TCP with a token."""

    socket: str | None = None
    url: str | None = None
    token: str | None = None
    pid: int


class Heartbeat(Record):
    """`attempts/N/heartbeat`: beaten every 10 s by the agent."""

    time: str
    agent_pid: int
    trainer_pid: int | None = None
    boot_id: str = ""
