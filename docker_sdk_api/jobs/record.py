"""Jobs and attempts as they are known to the orchestrator: frozen copies of database rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from training_api.spec.errors import INFRASTRUCTURE, ReasonCode
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.job import JobSpec, Resources
from training_api.spec.kinds.base import Spec
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.states import MAX_AUTOMATIC_RETRIES, JobState

_MAY_BE_EMPTY = ("dataset_id", "dataset_name", "engine", "network")
"""Columns that were made for trainings and are '' for other kinds."""

RANKS = {"active": 0, "queued": 1, "ended": 2}


def rank_of(state: JobState) -> int:
    """Where a job of this state stands in the list: active, then queued, then ended."""
    if state is JobState.queued:
        return RANKS["queued"]
    return RANKS["active" if state.active else "ended"]


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """One job. Times are UTC, ISO 8601."""

    seq: int  # order of acceptance
    id: str
    project_id: str
    parent_id: str | None
    created_by: str
    name: str  # unique per project among jobs not deleted
    kind: str
    state: JobState
    reason: ReasonCode | None  # why it ended without success
    message: str  # a sentence with the remedy
    attempt: int  # number of the latest attempt, 0 before the first
    retries: int  # automatic repetitions since the user's last request
    rank: int  # see rank_of
    place: int  # order within the rank
    resources: Resources
    dataset_id: str | None  # None, like the following, for a kind of job without it
    dataset_name: str | None
    engine: EngineName | None
    network: str | None
    weights: str | None  # what a fetch job brings
    backbone: str | None
    preset: str | None
    model_id: str | None
    created: str
    started: str | None  # when the first attempt began
    ended: str | None
    idempotency_key: str | None
    request_sha256: str | None
    deleted: str | None

    @property
    def repeats(self) -> bool:
        """True for an interrupted job that is queued again without the user's doing."""
        if self.state is not JobState.interrupted:
            return False
        if self.reason is ReasonCode.out_of_memory:  # else it would have failed
            return True
        return self.reason in INFRASTRUCTURE and self.retries < MAX_AUTOMATIC_RETRIES

    @classmethod
    def from_row(cls, row: Row[Any]) -> JobRecord:
        """A row of the table `jobs`."""
        values = dict(row._mapping)
        values["state"] = JobState(values["state"])
        values["reason"] = ReasonCode(values["reason"]) if values["reason"] else None
        for name in _MAY_BE_EMPTY:
            values[name] = values[name] or None
        values["engine"] = EngineName(values["engine"]) if values["engine"] else None
        values["resources"] = Resources.model_validate(values["resources"])
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One attempt of a job; immutable once ended."""

    job_id: str
    number: int
    project_id: str
    created_by: str
    state: JobState
    reason: ReasonCode | None
    message: str
    devices: list[str]  # ["cpu"] or GPU UUIDs
    runner: str
    handle: dict[str, Any] | None  # None until the runner has started it
    created: str
    started: str | None
    ended: str | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> AttemptRecord:
        """A row of the table `attempts`."""
        values = dict(row._mapping)
        values["state"] = JobState(values["state"])
        values["reason"] = ReasonCode(values["reason"]) if values["reason"] else None
        return cls(**values)


def columns_of(spec: Spec) -> dict[str, Any]:
    """The columns of a job's row that repeat its spec, for lists and admission."""
    common = {"name": spec.name, "kind": spec.kind}
    if isinstance(spec, JobSpec):
        return common | _training_columns(spec)
    weights = spec.weights if isinstance(spec, FetchSpec) else None
    empty = {"dataset_id": "", "engine": "", "network": ""}
    return common | empty | {"resources": {}, "weights": weights}


def _training_columns(spec: JobSpec) -> dict[str, Any]:
    backbone = spec.network.options.get("backbone")
    return {
        "resources": spec.resources.model_dump(mode="json"),
        "dataset_id": spec.dataset,
        "engine": spec.engine.value,
        "network": spec.network.name,
        "backbone": backbone if isinstance(backbone, str) else None,
        "preset": spec.preset,
    }


def model_id(job_id: str, attempt: int) -> str:
    """The id of the model that an attempt publishes: known before it starts."""
    return f"{job_id.replace('job', 'model', 1)}-{attempt}"
