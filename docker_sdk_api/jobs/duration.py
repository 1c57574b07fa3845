"""How long a job has run."""

from __future__ import annotations

from datetime import UTC, datetime

from docker_sdk_api.jobs.record import AttemptRecord


def attempts_seconds(attempts: list[AttemptRecord]) -> float | None:
    """Seconds of all attempts together, of a live one until now; None before the first."""
    if not attempts:
        return None
    return round(sum(_seconds(attempt) for attempt in attempts), 3)


def _seconds(attempt: AttemptRecord) -> float:
    """Never negative, whatever was done to the clock meanwhile."""
    begun = datetime.fromisoformat(attempt.created)
    ended = datetime.fromisoformat(attempt.ended) if attempt.ended else datetime.now(UTC)
    return max(0.0, (ended - begun).total_seconds())
