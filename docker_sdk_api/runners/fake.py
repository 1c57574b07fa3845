"""Attempts as tasks in memory, well-behaved or not: for tests of whatever rests on a runner."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any, ClassVar

from docker_sdk_api.runners.base import (
    Assignment,
    Capacity,
    Check,
    Handle,
    Liveness,
    Runner,
    Sight,
)
from docker_sdk_api.runners.fake_agent import Conduct, FakeAgent
from training_api.spec.directory import JobDirectory
from training_api.spec.logs import log_tail


class FakeRunner(Runner):
    """Behaves like a daemon: it outlives the supervisor that uses it, within one event loop.

    `starts` counts the attempts that really began, by (job id, attempt). Batches of more than
    `memory` images end an attempt.
    """

    name: ClassVar[str] = "fake"

    def __init__(
        self,
        conduct: Conduct = Conduct.normal,
        *,
        epochs: int = 4,
        seconds: float = 0.01,
        capacity: Capacity | None = None,
    ) -> None:
        self.conduct = conduct
        self.epochs = epochs
        self.seconds = seconds
        self.memory = 1024
        self.unreachable = False  # as a daemon that does not answer
        self.starts: dict[tuple[str, int], int] = {}
        self._capacity = capacity or Capacity(1)
        self._tasks: dict[tuple[str, int], tuple[Path, asyncio.Task[None]]] = {}

    async def check(self) -> list[Check]:
        """Nothing is needed."""
        return [Check("fake_runner", "Runner", not self.unreachable, "Attempts are pretended.")]

    async def capacity(self) -> Capacity:
        """As set up."""
        return self._capacity

    def plan(self, assignment: Assignment) -> dict[str, Any]:
        """What the pretended attempt will do."""
        return {"conduct": self.conduct.value, "epochs": self.epochs, "seconds": self.seconds}

    async def start(self, assignment: Assignment) -> Handle:
        """Begin a task, unless this attempt's runs already."""
        key = (assignment.job_id, assignment.attempt)
        if self.conduct is Conduct.slow:
            await asyncio.sleep(10 * self.seconds)
        if not self._lives(key):
            self.starts[key] = self.starts.get(key, 0) + 1
            request = self.plan(assignment)
            assignment.files.agent_log.write_text("Fake agent\n")
            agent = FakeAgent(
                JobDirectory(assignment.directory),
                assignment.files,
                Conduct(request["conduct"]),
                request["epochs"],
                request["seconds"],
                self.memory,
            )
            self._tasks[key] = (assignment.directory, asyncio.create_task(agent.run()))
        return self._handle(key)

    async def poll(self, handle: Handle) -> Sight:
        """Whether the task goes on."""
        if self.unreachable:
            return Sight(Liveness.unknown)
        alive = self._lives((handle.job_id, handle.attempt))
        return Sight(Liveness.alive if alive else Liveness.gone)

    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        """The task sees the file by itself; `force` cancels it."""
        if force:
            await self.kill(handle.job_id, handle.attempt)

    async def kill(self, job_id: str, attempt: int) -> None:
        """End an attempt as kill -9 does: it can write nothing more."""
        if (job_id, attempt) in self._tasks:
            _, task = self._tasks[(job_id, attempt)]
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def logs(self, handle: Handle, lines: int = 100) -> list[str]:
        """The end of agent.log."""
        if (handle.job_id, handle.attempt) not in self._tasks:
            return []
        directory, _ = self._tasks[(handle.job_id, handle.attempt)]
        return log_tail(JobDirectory(directory).attempt(handle.attempt).agent_log, lines)

    async def remove(self, handle: Handle) -> None:
        """Forget a task that has ended."""
        key = (handle.job_id, handle.attempt)
        if not self._lives(key):
            self._tasks.pop(key, None)

    async def list(self) -> list[Handle]:
        """The tasks that go on."""
        return [self._handle(key) for key in self._tasks if self._lives(key)]

    async def adopt(self, directory: Path, attempt: int) -> Handle | None:
        """The task of this attempt, while it goes on."""
        key = (directory.name, attempt)
        return self._handle(key) if self._lives(key) else None

    def _lives(self, key: tuple[str, int]) -> bool:
        return key in self._tasks and not self._tasks[key][1].done()

    def _handle(self, key: tuple[str, int]) -> Handle:
        return Handle(self.name, key[0], key[1], {})
