"""Jobs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from docker_sdk_api.schemas.dataset import ClassName
from training_api.spec.errors import ReasonCode
from training_api.spec.states import JobState

Action = Literal["stop", "resume", "delete", "download", "try", "train_again"]

EXAMPLE_SPEC = {
    "name": "floor panel",
    "dataset": "dv-0123456789abcdef",
    "preset": "fast",
    "hyper_parameters": {"epochs": 20},
}


class DatasetName(BaseModel):
    """The dataset version that a job uses."""

    id: str | None
    name: str | None


class Progress(BaseModel):
    """How far a run is; a download in bytes. Seconds are since its start, over all attempts."""

    epoch: int | None
    epochs: int | None
    step: int | None
    steps: int | None
    bytes: int | None
    total_bytes: int | None
    fraction: float
    seconds: float | None
    remaining_seconds: float | None
    images_per_second: float | None
    loss: float | None
    lr: float | None


class Best(BaseModel):
    """The best validation so far; `epoch` is decimal within one."""

    miou: float
    epoch: int | float


class WeightsFetch(BaseModel):
    """The fetch job that a training waits for, or waited for in vain."""

    job_id: str
    weights: str
    licence: str
    state: JobState
    progress: Progress | None


class JobView(BaseModel):
    """A job as lists show it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "job-3f2a9c81d04e",
                    "name": "floor panel",
                    "kind": "train",
                    "state": "running",
                    "reason": None,
                    "message": "",
                    "created": "2026-01-31T12:00:00.000Z",
                    "started": "2026-01-31T12:00:00.020Z",
                    "ended": None,
                    "seconds": 61.2,
                    "attempt": 1,
                    "position": None,
                    "waiting_for": None,
                    "fetch": None,
                    "dataset": {"id": "dv-0123456789abcdef", "name": "dummy_dataset"},
                    "engine": "torch",
                    "network": "unet",
                    "weights": None,
                    "backbone": "resnet18",
                    "preset": "fast",
                    "progress": {
                        "epoch": 7,
                        "epochs": 30,
                        "step": 72,
                        "steps": 330,
                        "bytes": None,
                        "total_bytes": None,
                        "fraction": 0.218,
                        "seconds": 55.1,
                        "remaining_seconds": 201.0,
                        "images_per_second": 9.4,
                        "loss": 0.213,
                        "lr": 0.0018,
                    },
                    "best": {"miou": 0.71, "epoch": 6},
                    "sparkline": [0.33, 0.48, 0.59, 0.63, 0.68, 0.71],
                    "model_id": None,
                    "responding": True,
                    "repeats": False,
                    "actions": ["stop", "download", "try"],
                }
            ]
        }
    )

    id: str
    name: str
    kind: str
    state: JobState
    reason: ReasonCode | None
    message: str
    created: str
    started: str | None
    ended: str | None
    seconds: float | None
    attempt: int
    position: int | None
    waiting_for: str | None
    fetch: WeightsFetch | None  # what brings the weights of a queued job, or did not
    dataset: DatasetName
    engine: str | None  # None, like network, for a kind of job without
    network: str | None
    weights: str | None  # what a fetch job brings
    backbone: str | None
    preset: str | None
    progress: Progress | None
    best: Best | None
    sparkline: list[float | None]
    model_id: str | None
    responding: bool
    repeats: bool  # interrupted, and about to be queued again by itself
    actions: list[Action]


class AttemptView(BaseModel):
    """One attempt; `log_tail` are its last lines."""

    number: int
    state: JobState
    reason: ReasonCode | None
    message: str
    started: str
    ended: str | None
    log_tail: list[str]


class Offsets(BaseModel):
    """Sizes of events.jsonl and log.txt when the answer was made: where a stream may go on."""

    events: int
    log: int


class JobDetail(JobView):
    """A job in full."""

    spec: dict[str, Any]
    classes: list[ClassName]
    started_event: dict[str, Any] | None
    weights_event: dict[str, Any] | None  # what was taken over of the first weights, and what not
    attempts: list[AttemptView]
    validations: list[dict[str, Any]]
    samples: list[dict[str, Any]]
    resources: list[dict[str, Any]]
    notices: list[str]
    offsets: Offsets


class JobPage(BaseModel):
    """Active jobs, then the queue, then the ended ones; `next` goes into `before`."""

    jobs: list[JobView]
    next: str | None


class Move(BaseModel):
    """Where in the queue a job is to stand; 0 is next."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"to": 0}]})

    to: int


class EventPage(BaseModel):
    """Events from an offset on; `next` is where to go on reading."""

    events: list[dict[str, Any]]
    next: int


class LogPage(BaseModel):
    """Whole lines from byte `start` on; `next` is where to go on, `size` the file's length."""

    lines: list[str]
    start: int
    next: int
    size: int


class JobSize(BaseModel):
    """What a job's directory takes on disk."""

    bytes: int


class NameAnswer(BaseModel):
    """Whether a new job can have a name; if not, why."""

    available: bool
    message: str
