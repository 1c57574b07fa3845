"""The processes of this machine that work on our job directories, found by command line."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

from docker_sdk_api.runners.process import ProcessIdentity, processes_where
from training_api.spec.kinds import KINDS

_AGENT = "training_api"
_WORKERS = {kind.module for kind in KINDS}
_KILL_SECONDS = 10.0

Line = list[str]
"""A command line."""


@dataclass(frozen=True)
class JobProcess:
    """An agent, or an orphaned worker, and the attempt that it works on."""

    identity: ProcessIdentity
    directory: Path
    attempt: int


class JobProcesses:
    """`jobs` is the folder of job directories; `command` what an agent's command line begins with.

    Without a `command` agents are known by their module.
    """

    def __init__(self, jobs: Path, command: Line | None = None) -> None:
        self._jobs = jobs.resolve()
        self._command = command

    def all(self) -> list[JobProcess]:
        """Every process that works on a job directory of ours, agents before workers."""
        found = processes_where(self._is_ours)
        found.sort(key=lambda entry: not _WORKERS.isdisjoint(entry[1]))
        return [JobProcess(identity, Path(line[-2]), int(line[-1])) for identity, line in found]

    def of(self, directory: Path, attempt: int) -> list[JobProcess]:
        """Those of one attempt."""
        wanted = (directory.resolve(), attempt)
        return [found for found in self.all() if (found.directory, found.attempt) == wanted]

    def family(self, identity: ProcessIdentity, job_id: str, attempt: int) -> list[ProcessIdentity]:
        """Agent and worker of an attempt, orphaned or not, with all that descends from them."""
        roots = [identity, *(found.identity for found in self.of(self._jobs / job_id, attempt))]
        members = {member for root in roots for member in root.family()}
        return [member for member in members if member.lives()]

    def kill(self, identity: ProcessIdentity, job_id: str, attempt: int) -> None:
        """End the whole family, until nothing of it is left."""
        deadline = time.monotonic() + _KILL_SECONDS
        while (rest := self.family(identity, job_id, attempt)) and time.monotonic() < deadline:
            for member in rest:
                member.signal(signal.SIGKILL)
            time.sleep(0.05)

    def _is_ours(self, line: Line) -> bool:
        if len(line) < 3 or not line[-1].isdigit() or Path(line[-2]).parent != self._jobs:
            return False
        return not {_AGENT, *_WORKERS}.isdisjoint(line) or line[:-2] == self._command
