"""How an attempt ended: from the trainer's exit, its events and what was asked of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from training_api.reasons import EXIT_DISK_FULL, EXIT_TERMINATED, reason_of
from training_api.spec.errors import INFRASTRUCTURE, ReasonCode
from training_api.spec.events import Event, latest
from training_api.spec.states import JobState

_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


@dataclass(frozen=True)
class Evidence:
    """What the agent knows when the trainer has ended.

    `exit_code` is negative for a signal; `events` are this attempt's; `stop_requested` was the
    user's wish, `terminated` a signal to the agent; `oom_kill` means that the kernel counted one;
    `model_published` that the finished event's model is there.
    """

    exit_code: int
    events: list[Event]
    log_tail: list[str]
    stop_requested: bool = False
    terminated: bool = False
    oom_kill: bool = False
    model_published: bool = False


@dataclass(frozen=True)
class Verdict:
    """The attempt's end, as in `launch.Result`."""

    state: JobState
    reason: ReasonCode | None = None
    message: str = ""
    model_id: str | None = None


def judge(evidence: Evidence) -> Verdict:
    """The one reading of the evidence; the trainer's own word counts before its exit code."""
    failed = latest(evidence.events, "failed")
    if failed is not None:
        return _unsuccessful(ReasonCode(failed["reason"]), failed["message"])
    finished = latest(evidence.events, "finished")
    if finished is not None and evidence.exit_code == 0:
        return _finished(finished, evidence.model_published)
    if evidence.stop_requested and evidence.exit_code in (EXIT_TERMINATED, -9, -15):
        message = "The training did not stop in time and was ended. Its last checkpoint is kept."
        return Verdict(JobState.cancelled, message=message)
    if evidence.exit_code < 0:
        return _signalled(signal.Signals(-evidence.exit_code), evidence)
    return _exited(evidence)


def _finished(finished: Event, model_published: bool) -> Verdict:
    model_id = finished["model_id"] if model_published else None
    if finished["stopped"]:
        end = "The best model so far is published." if model_id else "There is no model yet."
        return Verdict(JobState.cancelled, None, f"Stopped on request. {end}", model_id)
    if model_id is None:
        message = "The training finished, but its model is not in the models folder. Resume it."
        return Verdict(JobState.failed, ReasonCode.error, message)
    return Verdict(JobState.succeeded, None, "", model_id)


def _signalled(number: signal.Signals, evidence: Evidence) -> Verdict:
    if number == signal.SIGKILL and evidence.oom_kill and not evidence.terminated:
        message = (
            "The kernel ended the training for lack of memory. Lower the batch size, the crop "
            "size or the base size, and train again."
        )
        return _unsuccessful(ReasonCode.out_of_memory, message)
    if number in _CRASHES:
        message = f"The trainer crashed ({number.name}); the log's end shows where. Resume the job."
        return _unsuccessful(ReasonCode.crashed, message)
    message = f"The training was ended from outside ({number.name}). Resume it from its checkpoint."
    return _unsuccessful(ReasonCode.killed, message)


def _exited(evidence: Evidence) -> Verdict:
    """No signal, no word of the trainer: the exit code and the log's end are left."""
    if evidence.exit_code == EXIT_TERMINATED:
        message = "The training was ended from outside. Resume it from its checkpoint."
        return _unsuccessful(ReasonCode.killed, message)
    if evidence.exit_code == EXIT_DISK_FULL:
        message = "The disk is full. Free some space and resume the job."
        return _unsuccessful(ReasonCode.disk_full, message)
    last = next((line for line in reversed(evidence.log_tail) if line.strip()), "")
    reason, message = reason_of(RuntimeError(last))
    if reason is ReasonCode.error:
        message = f"The trainer ended with exit code {evidence.exit_code}: {last or 'no output'}"
    return _unsuccessful(reason, message)


def _unsuccessful(reason: ReasonCode, message: str) -> Verdict:
    state = JobState.interrupted if reason in INFRASTRUCTURE else JobState.failed
    return Verdict(state, reason, message)
