"""The states of a job and the only legal ways between them (DESIGN section 4)."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    queued = "queued"  # waits for a slot
    starting = "starting"  # the start is committed, the runner is asked
    running = "running"  # the agent holds the lock
    stopping = "stopping"  # a stop is requested, the trainer finishes its step
    succeeded = "succeeded"  # trained and published
    failed = "failed"  # ended by its own fault
    cancelled = "cancelled"  # ended by the user
    interrupted = "interrupted"  # ended from outside; repeated by itself up to three times

    @property
    def ended(self) -> bool:
        """True when no process works on the job."""
        return self in ENDED

    @property
    def active(self) -> bool:
        """True when the job holds a slot."""
        return self in ACTIVE


ENDED = frozenset({JobState.succeeded, JobState.failed, JobState.cancelled, JobState.interrupted})
ACTIVE = frozenset({JobState.starting, JobState.running, JobState.stopping})

_Q, _S, _R, _P = JobState.queued, JobState.starting, JobState.running, JobState.stopping
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _Q: frozenset({_S, JobState.cancelled, JobState.failed}),
    _S: frozenset({_R, _P} | ENDED),
    _R: frozenset({_P} | ENDED),
    _P: ENDED,
    JobState.succeeded: frozenset(),
    JobState.failed: frozenset({_Q}),
    JobState.cancelled: frozenset({_Q}),
    JobState.interrupted: frozenset({_Q, JobState.failed, JobState.cancelled}),
}
"""For each state, the states that may follow it."""

MAX_AUTOMATIC_RETRIES = 3
