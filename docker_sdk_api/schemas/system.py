"""The installation and what can be chosen in it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from docker_sdk_api.schemas.problem import FieldProblem


class Health(BaseModel):
    """The server runs."""

    status: str
    version: str


class GpuRow(BaseModel):
    """A GPU; memory in bytes; `job` is the name of the job of ours that uses it."""

    uuid: str
    name: str
    memory_total: int
    memory_free: int
    busy_percent: int | None
    job: str | None


class EngineRow(BaseModel):
    """An engine; `reason` says why it is not available."""

    name: str
    title: str
    available: bool
    reason: str


class QueueState(BaseModel):
    """CPU slots, jobs that run and wait, and whether the queue is held."""

    slots: int
    running: int
    queued: int
    paused: bool


class CheckRow(BaseModel):
    """Something that is needed, and whether it is there; `title` is for people."""

    name: str
    title: str
    ok: bool
    message: str


class System(BaseModel):
    """The machine and the installation; sizes in bytes.

    Folders are those that the service sees; `…_shown` names them as the server's people know them.
    """

    version: str
    hostname: str
    cpus: int
    memory_total: int
    memory_free: int
    disk_total: int
    disk_free: int
    home: str
    home_shown: str
    dataset_roots: list[str]
    dataset_roots_shown: list[str]
    bfloat16: bool
    gpus: list[GpuRow]
    engines: list[EngineRow]
    queue: QueueState
    checks: list[CheckRow]


class Notations(BaseModel):
    """A spec as a command, a request and a file."""

    cli: str
    curl: str
    yaml: str


class SpecAnswer(BaseModel):
    """The outcome of a spec check. `warnings` say what will be done differently."""

    ok: bool
    spec: dict[str, Any] | None
    problems: list[FieldProblem]
    warnings: list[FieldProblem]
    as_: Notations = Field(alias="as")
