"""The agent: starts the worker of one attempt, watches it and writes down how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback

from training_api.machine import ProcessTree, boot_id, oom_kills
from training_api.signals import end_requests
from training_api.spec.clock import now
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode, SegsmithError
from training_api.spec.events import Event, latest, read_events
from training_api.spec.files import append_line, write_json
from training_api.spec.launch import Heartbeat, Result
from training_api.spec.logs import log_tail
from training_api.spec.states import JobState
from training_api.trainer_process import TrainerProcess
from training_api.verdict import Evidence, Verdict, judge

POLL_SECONDS = 0.2
BEAT_SECONDS = 10.0
RESOURCE_SECONDS = 5.0
_RESULT_TRIES = 30


class Agent:
    """One attempt's life; serves HTTP unless `serve` is False.

    `command` replaces the start of the worker, which is the module that the job's kind names.
    """

    def __init__(
        self,
        directory: JobDirectory,
        number: int,
        command: list[str] | None = None,
        serve: bool = True,
    ) -> None:
        self._directory = directory
        self._attempt = directory.attempt(number)
        self._launch = self._attempt.launch()
        self._kind = directory.kind()
        module = [sys.executable, "-P", "-m", self._kind.module]
        self._command = [*(command or module), str(directory.path), str(number)]
        self._serve = serve
        self._terminated = False
        self._started = now()

    def run(self) -> int:
        """Run the attempt to its end and write result.json; 0, or 3 if it is not ours to run."""
        try:
            with self._attempt.locked() as lock:
                if self._attempt.result_path.exists():
                    print("This attempt has already ended.", flush=True)
                    return 3
                with end_requests(self.terminate):
                    self._run_locked(lock)
        except BlockingIOError:
            print("Another process runs this attempt.", flush=True)
            return 3
        return 0

    def terminate(self) -> None:
        """End early and cleanly; the attempt counts as interrupted."""
        self._terminated = True

    def _run_locked(self, lock: int) -> None:
        trainer: TrainerProcess | None = None
        try:
            kills = oom_kills()
            trainer = TrainerProcess(
                self._command, self._directory.log_path, lock, self._launch.stop_grace_seconds
            )
            code = self._watch(trainer)
            result = self._result(judge(self._evidence(code, oom_kills() > kills)), code)
        except Exception as error:
            traceback.print_exc()
            if trainer is not None:
                trainer.kill()
            message = f"The agent failed: {type(error).__name__}: {error}"
            result = self._result(Verdict(JobState.failed, ReasonCode.error, message), None)
        self._save(result)

    def _watch(self, trainer: TrainerProcess) -> int:
        """Beat, sample and obey until the trainer has ended; its exit code."""
        self._beat(trainer)
        tree, next_beat, next_sample = ProcessTree(trainer.pid), 0.0, 0.0
        with self._http(trainer):
            while (code := trainer.wait(POLL_SECONDS)) is None:
                if self._terminated or self._attempt.stop_requested:
                    trainer.ask_to_end(at_once=self._terminated)
                moment = time.monotonic()
                if moment >= next_beat:
                    next_beat = moment + BEAT_SECONDS
                    self._beat(trainer)
                if moment >= next_sample:
                    next_sample = moment + RESOURCE_SECONDS
                    self._sample(tree)
        return code

    def _http(self, trainer: TrainerProcess) -> contextlib.AbstractContextManager[None]:
        """The job's own API; its import must not delay the trainer's start."""
        if not self._serve:
            return contextlib.nullcontext()
        from training_api.agent_server import AgentServer

        return AgentServer(self._directory, self._attempt, trainer.pid)

    def _beat(self, trainer: TrainerProcess) -> None:
        beat = Heartbeat(
            time=now(), agent_pid=os.getpid(), trainer_pid=trainer.pid, boot_id=boot_id()
        )
        with contextlib.suppress(OSError, SegsmithError):  # a full disk must not end the job
            write_json(self._attempt.heartbeat_path, beat.model_dump(mode="json"))

    def _sample(self, tree: ProcessTree) -> None:
        cpu, memory = tree.usage()
        with contextlib.suppress(OSError, SegsmithError):
            append_line(self._attempt.resources_path, {"time": now(), "cpu": cpu, "memory": memory})

    def _evidence(self, code: int, oom_kill: bool) -> Evidence:
        events = self._events()
        finished = latest(events, "finished")
        return Evidence(
            exit_code=code,
            events=events,
            log_tail=log_tail(self._directory.log_path),
            stop_requested=self._attempt.stop_requested,
            terminated=self._terminated,
            oom_kill=oom_kill,
            proven=finished is not None and self._kind.is_proven(self._launch, finished),
            kind=self._kind,
        )

    def _events(self) -> list[Event]:
        found = read_events(self._directory.events_path)
        return [event for _, event in found if event.get("attempt") == self._attempt.number]

    def _result(self, verdict: Verdict, code: int | None) -> Result:
        return Result(
            attempt=self._attempt.number,
            state=verdict.state,
            reason=verdict.reason,
            message=verdict.message,
            exit_code=code,
            signal=signal.Signals(-code).name if code is not None and code < 0 else None,
            model_id=verdict.model_id,
            started=self._started,
            ended=now(),
            log_tail=log_tail(self._directory.log_path),
        )

    def _save(self, result: Result) -> None:
        """Write result.json; on a full disk wait a while for space."""
        for remaining in reversed(range(_RESULT_TRIES)):
            try:
                result.save(self._attempt.result_path)
                return
            except (OSError, SegsmithError):
                if not remaining:
                    raise
                time.sleep(1)
