"""What a runner does: it starts attempts somewhere and tells whether they live."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from docker_sdk_api.system.engines import engine_problem
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import NoEngine, ReasonCode, SegsmithError
from training_api.spec.hyper_parameters import EngineName


class StartFailed(SegsmithError):
    """A runner refused to start an attempt; `reason` becomes the attempt's."""

    code = "not_started"

    def __init__(self, message: str, reason: ReasonCode = ReasonCode.not_started) -> None:
        super().__init__(message)
        self.reason = reason


class Unanswered(SegsmithError):
    """What runs the attempts does not answer now, so that nothing is known: ask again later."""

    code = "unanswered"
    status = 503


@dataclass(frozen=True)
class Assignment:
    """One attempt that is to run, with what it was given. Its launch.json is written already."""

    job_id: str
    attempt: int
    directory: Path  # the job's
    engine: EngineName | None  # None for work that needs none of them
    devices: list[str] = field(default_factory=lambda: ["cpu"])  # or GPU UUIDs
    cpus: int = 1

    @property
    def files(self) -> AttemptDirectory:
        """The attempt's own folder."""
        return JobDirectory(self.directory).attempt(self.attempt)


@dataclass(frozen=True)
class Handle:
    """How a runner finds an attempt again, also after a restart: `data` is JSON, stored by us."""

    runner: str
    job_id: str
    attempt: int
    data: dict[str, Any]


class Liveness(StrEnum):
    """What a runner sees of an attempt."""

    alive = "alive"
    gone = "gone"  # certainly not running any more
    unknown = "unknown"  # the runner cannot tell now; never to be taken for gone


@dataclass(frozen=True)
class Sight:
    """The outcome of a poll. `exit_code` is negative for a signal, None when it is not known."""

    liveness: Liveness
    exit_code: int | None = None
    lost: str = ""  # what took it down from outside, as a sentence: its machine, its daemon
    memory: int | None = None  # the limit in bytes, if the kernel ended it at that


@dataclass(frozen=True)
class Check:
    """One thing that a runner needs, `title` for people: a sentence says what to do about it."""

    name: str
    title: str
    ok: bool
    message: str


@dataclass(frozen=True)
class Capacity:
    """How much may run at the same time. `gpus` are UUIDs, in the order of preference.

    `hold` is a sentence on why nothing may start now, '' normally.
    """

    cpu_slots: int
    gpus: tuple[str, ...] = ()
    hold: str = ""


class Runner(ABC):
    """Starts `python -m training_api JOB_DIR ATTEMPT` where the job's folders are visible.

    All methods are coroutines, may be called again with the same arguments (idempotent), and may
    be called by another process than the one that started the attempt: everything needed is in the
    handle, or can be found from the job directory. How an attempt ended is not a runner's to say:
    result.json is, and without it the events. A runner is asked for liveness only.

    Every coroutine but `poll`, `capacity`, `check` and `remove` may raise Unanswered.

    - `plan(assignment)` is the launch request as plain data; `start` sends it. Raises StartFailed
      or NoEngine for what can be known without sending.
    - `start(assignment)` begins the attempt unless it lives already, and returns its handle; twice
      the same attempt is one process. Raises StartFailed. Cancelling it may leave a started one.
    - `poll(handle)` never raises for an attempt that is gone or was never there: that is `gone`.
      A daemon that does not answer is `unknown`.
    - `stop(handle)` makes sure that the attempt can see the request to stop (the file is written
      already) and returns at once; with `force` it kills everything that belongs to the attempt
      and returns when nothing is left. Stopping what is gone is no error.
    - `logs(handle)` are the last lines of what the start wrote, for attempts that never came up.
    - `remove(handle)` gives back what the runner still keeps of an attempt that is gone.
    - `list()` are the handles of all live attempts of this installation.
    - `adopt(directory, attempt)` is the handle of a live attempt whose handle was lost, or None.
    - `check()` and `capacity()` say what is missing and how much may run; `capacity` is asked for
      before each admission, and every few seconds while nothing waits.
    """

    name: ClassVar[str]

    @abstractmethod
    async def check(self) -> list[Check]:
        """What this runner needs, present or not."""

    @abstractmethod
    async def capacity(self) -> Capacity:
        """How much may run at the same time."""

    @abstractmethod
    def plan(self, assignment: Assignment) -> dict[str, Any]:
        """The launch request as plain data."""

    @abstractmethod
    async def start(self, assignment: Assignment) -> Handle:
        """Begin the attempt unless it lives already."""

    @abstractmethod
    async def poll(self, handle: Handle) -> Sight:
        """Whether the attempt lives."""

    @abstractmethod
    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        """Deliver the request to stop, or end it by force."""

    @abstractmethod
    async def logs(self, handle: Handle, lines: int = 100) -> list[str]:
        """The last lines of the start's own output."""

    @abstractmethod
    async def remove(self, handle: Handle) -> None:
        """Forget an attempt that is gone."""

    @abstractmethod
    async def list(self) -> list[Handle]:
        """All live attempts."""

    @abstractmethod
    async def adopt(self, directory: Path, attempt: int) -> Handle | None:
        """Find a live attempt by its job directory."""

    def engine_problem(self, engine: EngineName) -> NoEngine | None:
        """Why an engine's jobs cannot run here, None if they can: by its environment. Blocking."""
        return engine_problem(engine)

    async def close(self) -> None:
        """Let go of connections; attempts go on."""
        return None
