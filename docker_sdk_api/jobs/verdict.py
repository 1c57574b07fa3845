"""How an attempt ended: by its result.json or, where there is none, by what else is there."""

from __future__ import annotations

from pydantic import ValidationError

from docker_sdk_api.jobs.record import AttemptRecord
from docker_sdk_api.runners.base import Sight
from training_api.spec.clock import now
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import INFRASTRUCTURE, Corrupt, ReasonCode
from training_api.spec.events import Event, latest, read_events
from training_api.spec.kinds.base import Kind
from training_api.spec.launch import Result
from training_api.spec.logs import log_tail
from training_api.spec.states import JobState

_SHOWN_LINES = 100


def read_result(attempt: AttemptDirectory) -> Result | None:
    """The agent's result; one that cannot be read counts as a failure, and says so."""
    try:
        result = attempt.result()
    except (Corrupt, ValidationError):
        message = f"{attempt.result_path} cannot be read. Resume the job to run it again."
        return _result(attempt, JobState.failed, ReasonCode.error, message)
    if result is not None and not result.state.ended:
        message = f"{attempt.result_path} names no end. Resume the job to run it again."
        return _result(attempt, JobState.failed, ReasonCode.error, message)
    return result


def settle(
    directory: JobDirectory,
    record: AttemptRecord,
    sight: Sight | None,
    *,
    stopping: bool,
    kind: Kind,
) -> Result:
    """Write the result of an attempt that is gone without one, under its lock, and return it.

    Raises BlockingIOError if something holds the lock, and so lives, after all.
    """
    attempt = directory.attempt(record.number)
    with attempt.locked():
        result = read_result(attempt)
        if result is None:
            result = _infer(directory, attempt, record, sight, stopping, kind)
            result.save(attempt.result_path)
    return result


def not_started(directory: JobDirectory, number: int, reason: ReasonCode, message: str) -> Result:
    """Write and return the result of an attempt that never came up.

    Raises BlockingIOError if something holds the attempt's lock.
    """
    attempt = directory.attempt(number)
    with attempt.locked():
        result = _result(attempt, _end_by(reason), reason, message)
        result.save(attempt.result_path)
    return result


def _infer(
    directory: JobDirectory,
    attempt: AttemptDirectory,
    record: AttemptRecord,
    sight: Sight | None,
    stopping: bool,
    kind: Kind,
) -> Result:
    """The worker's last words first, then the user's wish, then how the processes ended."""
    every = (event for _, event in read_events(directory.events_path))
    events = [event for event in every if event["attempt"] == record.number]
    tail = log_tail(directory.log_path, _SHOWN_LINES)
    finished, failed = latest(events, "finished"), latest(events, "failed")
    if finished is not None and kind.is_proven(attempt.launch(), finished):
        return _finished(attempt, finished, kind)
    if failed is not None:
        reason = ReasonCode(failed.get("reason", ReasonCode.error))
        message = str(failed.get("message", ""))
        return _result(attempt, _end_by(reason), reason, message, tail=tail)
    if stopping:
        message = f"Stopped. {kind.on_resume}"
        return _result(attempt, JobState.cancelled, None, message)
    if sight is not None and sight.memory is not None:
        message = f"It ran out of memory (limit {sight.memory / 1e6:,.0f} MB). "
        message += kind.need_less_memory
        return _result(attempt, JobState.failed, ReasonCode.out_of_memory, message, tail=tail)
    if sight is not None and sight.lost:
        return _result(attempt, JobState.interrupted, ReasonCode.lost, sight.lost, tail=tail)
    if not attempt.heartbeat_path.exists() and sight is not None and (sight.exit_code or 0) > 0:
        return _failed_to_come_up(attempt, sight)
    code = (sight.exit_code if sight else None) or 0
    by = f" by signal {-code}" if code < 0 else ""
    message = f"The job's processes were ended from outside{by}, or the machine ran out of memory."
    return _result(attempt, JobState.interrupted, ReasonCode.killed, message, tail=tail)


def _end_by(reason: ReasonCode) -> JobState:
    return JobState.interrupted if reason in INFRASTRUCTURE else JobState.failed


def _finished(attempt: AttemptDirectory, finished: Event, kind: Kind) -> Result:
    """What the worker finished is there."""
    stopped = bool(finished.get("stopped"))
    state = JobState.cancelled if stopped else JobState.succeeded
    message = f"Stopped on request. {kind.stopped(True)}" if stopped else ""
    return _result(attempt, state, None, message, model_id=finished.get("model_id"))


def _failed_to_come_up(attempt: AttemptDirectory, sight: Sight) -> Result:
    tail = log_tail(attempt.agent_log, _SHOWN_LINES)
    last = f": {tail[-1]}" if tail else ""
    message = f"The job's agent ended at once with exit code {sight.exit_code}{last}"
    return _result(attempt, JobState.failed, ReasonCode.not_started, message, tail=tail)


def _result(
    attempt: AttemptDirectory,
    state: JobState,
    reason: ReasonCode | None,
    message: str,
    *,
    model_id: str | None = None,
    tail: list[str] | None = None,
) -> Result:
    return Result(
        attempt=attempt.number,
        state=state,
        reason=reason,
        message=message,
        model_id=model_id,
        started=_began(attempt),
        ended=now(),
        log_tail=tail or [],
    )


def _began(attempt: AttemptDirectory) -> str:
    return attempt.launch().created if attempt.launch_path.exists() else now()
