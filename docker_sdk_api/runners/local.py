"""Attempts as processes of this machine, in sessions of their own, that outlive the service."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
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
    StartFailed,
)
from docker_sdk_api.runners.job_processes import JobProcess, JobProcesses
from docker_sdk_api.runners.process import ProcessIdentity
from docker_sdk_api.system.engines import ENGINE_TITLES
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.environments import engine_python, required_engine_python
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.installation import OUTSIDE_COMMAND, command_word
from training_api.spec.logs import log_tail

_NICE = 10
_EXEC_SECONDS = 10.0  # between fork and exec of an agent, at the very most


class LocalRunner(Runner):
    """Starts agents in their engine's environment. `jobs` is the folder of job directories.

    Work that needs no engine runs in ours. `gpus` gives the UUIDs of the GPUs that are there now.
    `command` replaces `PYTHON -m training_api` (tests hand in a small agent of their own).
    """

    name: ClassVar[str] = "local"

    def __init__(
        self,
        jobs: Path,
        *,
        cpu_slots: int = 1,
        gpus: Callable[[], Sequence[str]] = tuple,
        command: list[str] | None = None,
    ) -> None:
        self._jobs = jobs.resolve()
        self._processes = JobProcesses(jobs, command)
        self._cpu_slots = cpu_slots
        self._gpus = gpus
        self._command = command
        self._exit_codes: dict[int, int | None] = {}  # of our own children; None while they live

    async def check(self) -> list[Check]:
        """The engines' environments."""
        return [_engine_check(engine) for engine in EngineName]

    async def capacity(self) -> Capacity:
        """The CPU slots as set up, and the GPUs that are there now."""
        return Capacity(self._cpu_slots, tuple(await asyncio.to_thread(self._gpus)))

    def plan(self, assignment: Assignment) -> dict[str, Any]:
        """argv, environment and log file of the agent. Raises NoEngine."""
        command = self._command
        if command is None:
            engine = assignment.engine
            python = str(required_engine_python(engine)) if engine else sys.executable
            command = [python, "-m", "training_api"]
        gpus = [device for device in assignment.devices if device != "cpu"]
        return {
            "argv": [*command, str(assignment.directory.resolve()), str(assignment.attempt)],
            "environment": {
                "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
                "CUDA_VISIBLE_DEVICES": ",".join(gpus),
                "PYTHONSAFEPATH": "1",  # the working folder is no place to import from
                "PYTHONUNBUFFERED": "1",
                OUTSIDE_COMMAND: command_word(),  # not that of the engine's environment
            },
            "folder": str(assignment.directory.resolve()),
            "log": str(assignment.files.agent_log),
        }

    async def start(self, assignment: Assignment) -> Handle:
        """Spawn the agent, unless one of this attempt lives already."""
        request = self.plan(assignment)
        return await asyncio.to_thread(self._start, assignment, request)

    def _start(self, assignment: Assignment, request: dict[str, Any]) -> Handle:
        descriptor = os.open(_start_lock(assignment.files), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            # The agent inherits this lock, so that from before its first instruction until its end
            # nobody, not even a service that was killed and restarted in between, starts a second.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if assignment.files.is_locked():
                raise BlockingIOError("an orphaned trainer goes on with this attempt")
            os.set_inheritable(descriptor, True)
            identity = self._spawn(request, descriptor)
        except BlockingIOError:
            handle = self._adopt(assignment.directory, assignment.attempt)
            if handle is None:  # the caller tries again
                raise
            return handle
        finally:
            os.close(descriptor)
        return self._handle(assignment.job_id, assignment.attempt, identity)

    def _spawn(self, request: dict[str, Any], descriptor: int) -> ProcessIdentity:
        with Path(request["log"]).open("ab") as log:
            try:
                child = subprocess.Popen(
                    request["argv"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=request["folder"],
                    env=os.environ | request["environment"],
                    start_new_session=True,
                    pass_fds=(descriptor,),
                )
            except OSError as error:
                raise StartFailed(f"{request['argv'][0]} could not be started: {error}.") from error
        # From here, as preexec_fn is not safe beside threads; threads of the agent inherit it.
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, child.pid, max(own, _NICE))
        identity = ProcessIdentity.of(child.pid)
        assert identity is not None  # we have not waited for it: it is alive or a zombie
        self._exit_codes[child.pid] = None
        child.returncode = 0  # it outlives us: Popen is not to watch it, `_exit_code` does
        return identity

    def _exit_code(self, pid: int) -> int | None:
        """Of a child of ours that has ended; None also for what others have started."""
        if pid in self._exit_codes and self._exit_codes[pid] is None:
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    self._exit_codes[pid] = os.waitstatus_to_exitcode(status)
        return self._exit_codes.get(pid)

    async def poll(self, handle: Handle) -> Sight:
        """By identity; the exit code is known for our own children only."""
        identity = ProcessIdentity.from_data(handle.data)
        code = self._exit_code(identity.pid)
        if code is None and identity.lives():
            return Sight(Liveness.alive)
        lost = "The machine was restarted while the job ran." if identity.rebooted else ""
        return Sight(Liveness.gone, exit_code=code, lost=lost)

    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        """Wake what is suspended; with `force` kill agent, trainer and all their children."""
        own = (ProcessIdentity.from_data(handle.data), handle.job_id, handle.attempt)
        for identity in await asyncio.to_thread(self._processes.family, *own):
            identity.signal(signal.SIGCONT)
        if force:
            await asyncio.to_thread(self._processes.kill, *own)

    async def logs(self, handle: Handle, lines: int = 100) -> list[str]:
        """The end of agent.log."""
        attempt = JobDirectory(self._jobs / handle.job_id).attempt(handle.attempt)
        return log_tail(attempt.agent_log, lines)

    async def remove(self, handle: Handle) -> None:
        """Reap our child."""
        pid = int(handle.data["pid"])
        if self._exit_code(pid) is not None:
            del self._exit_codes[pid]

    async def list(self) -> list[Handle]:
        """All agents whose job directory is one of ours."""
        running = await asyncio.to_thread(self._processes.all)
        found: dict[tuple[Path, int], Handle] = {}
        for process in running:
            found.setdefault((process.directory, process.attempt), self._found(process))
        return [*found.values()]

    async def adopt(self, directory: Path, attempt: int) -> Handle | None:
        """The agent of this attempt, or else its orphaned trainer, by command line."""
        return await asyncio.to_thread(self._adopt, directory, attempt)

    def _adopt(self, directory: Path, attempt: int) -> Handle | None:
        deadline = time.monotonic() + _EXEC_SECONDS
        while True:
            if found := self._processes.of(directory, attempt):
                return self._found(found[0])
            # A held lock without its owner: the agent is forked and has yet to become itself.
            lock = _start_lock(JobDirectory(directory).attempt(attempt))
            if not _is_held(lock) or time.monotonic() > deadline:
                return None
            time.sleep(0.02)

    def _found(self, process: JobProcess) -> Handle:
        return self._handle(process.directory.name, process.attempt, process.identity)

    def _handle(self, job_id: str, attempt: int, identity: ProcessIdentity) -> Handle:
        return Handle(self.name, job_id, attempt, identity.data())

    async def close(self) -> None:
        """Leave the agents running."""
        self._exit_codes.clear()


def _start_lock(attempt: AttemptDirectory) -> Path:
    return attempt.path / "start.lock"


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _engine_check(engine: EngineName) -> Check:
    present = engine_python(engine) is not None
    message = f"The {engine} engine is installed."
    if not present:
        message = f"The {engine} engine is not installed; `make setup` says why."
    return Check(f"engine_{engine}", f"Engine {ENGINE_TITLES[engine]}", present, message)
