"""How an attempt ended: from the worker's exit, its events and what was asked of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from training_api.reasons import EXIT_DISK_FULL, EXIT_TERMINATED, reason_of
from training_api.spec.errors import INFRASTRUCTURE, ReasonCode
from training_api.spec.events import Event, latest
from training_api.spec.kinds import kind_named
from training_api.spec.kinds.base import Kind
from training_api.spec.states import JobState

_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


@dataclass(frozen=True)
class Evidence:
    """What the agent knows when the worker has ended.

    `exit_code` is negative for a signal; `events` are this attempt's; `stop_requested` was the
    user's wish, `terminated` a signal to the agent; `oom_kill` means that the kernel counted one;
    `proven` that what the finished event tells of is there.
    """

    exit_code: int
    events: list[Event]
    log_tail: list[str]
    stop_requested: bool = False
    terminated: bool = False
    oom_kill: bool = False
    proven: bool = False
    kind: Kind = field(default_factory=lambda: kind_named("train"))


@dataclass(frozen=True)
class Verdict:
    """The attempt's end, as in `launch.Result`."""

    state: JobState
    reason: ReasonCode | None = None
    message: str = ""
    model_id: str | None = None


def judge(evidence: Evidence) -> Verdict:
    """The one reading of the evidence; the worker's own word counts before its exit code."""
    failed = latest(evidence.events, "failed")
    if failed is not None:
        return _told(ReasonCode(failed["reason"]), failed["message"], evidence)
    finished, kind = latest(evidence.events, "finished"), evidence.kind
    if finished is not None and evidence.exit_code == 0:
        return _finished(finished, evidence)
    if evidence.stop_requested and evidence.exit_code in (EXIT_TERMINATED, -9, -15):
        message = f"The {kind.work} did not stop in time and was ended. {kind.on_resume}"
        return Verdict(JobState.cancelled, message=message)
    if evidence.exit_code < 0:
        return _signalled(signal.Signals(-evidence.exit_code), evidence)
    return _exited(evidence)


def _told(reason: ReasonCode, message: str, evidence: Evidence) -> Verdict:
    """The worker's word; it cannot know that the kernel took the process of another device."""
    if reason is ReasonCode.killed and evidence.oom_kill and not evidence.terminated:
        return _without_memory(evidence.kind)
    return _unsuccessful(reason, message)


def _without_memory(kind: Kind) -> Verdict:
    message = f"The kernel ended the {kind.work} for lack of memory. {kind.need_less_memory}"
    return _unsuccessful(ReasonCode.out_of_memory, message)


def _finished(finished: Event, evidence: Evidence) -> Verdict:
    proven, kind = evidence.proven, evidence.kind
    model_id = finished.get("model_id") if proven else None
    if finished["stopped"]:
        message = f"Stopped on request. {kind.stopped(proven)}"
        return Verdict(JobState.cancelled, None, message, model_id)
    if not proven:
        message = f"The {kind.work} finished, but {kind.unproven}. Resume it."
        return Verdict(JobState.failed, ReasonCode.error, message)
    return Verdict(JobState.succeeded, None, "", model_id)


def _signalled(number: signal.Signals, evidence: Evidence) -> Verdict:
    kind = evidence.kind
    if number == signal.SIGKILL and evidence.oom_kill and not evidence.terminated:
        return _without_memory(kind)
    if number in _CRASHES:
        message = (
            f"The {kind.worker} crashed ({number.name}); the log's end shows where. Resume the job."
        )
        return _unsuccessful(ReasonCode.crashed, message)
    message = f"The {kind.work} was ended from outside ({number.name}). {kind.on_resume}"
    return _unsuccessful(ReasonCode.killed, message)


def _exited(evidence: Evidence) -> Verdict:
    """No signal, no word of the worker: the exit code and the log's end are left."""
    if evidence.exit_code == EXIT_TERMINATED:
        if evidence.oom_kill and not evidence.terminated:  # of another device's process
            return _without_memory(evidence.kind)
        message = f"The {evidence.kind.work} was ended from outside. {evidence.kind.on_resume}"
        return _unsuccessful(ReasonCode.killed, message)
    if evidence.exit_code == EXIT_DISK_FULL:
        message = "The disk is full. Free some space and resume the job."
        return _unsuccessful(ReasonCode.disk_full, message)
    last = next((line for line in reversed(evidence.log_tail) if line.strip()), "")
    reason, message = reason_of(RuntimeError(last))
    if reason is ReasonCode.error:
        message = f"The {evidence.kind.worker} ended with exit code {evidence.exit_code}: "
        message += last or "no output"
    return _unsuccessful(reason, message)


def _unsuccessful(reason: ReasonCode, message: str) -> Verdict:
    state = JobState.interrupted if reason in INFRASTRUCTURE else JobState.failed
    return Verdict(state, reason, message)
