"""How containers are recognised: by labels alone; what has other ones, or none, is not ours."""

from __future__ import annotations

from typing import Any

_APPLICATION = "segsmith"
INSTALLATION = f"{_APPLICATION}.installation"
ROLE = f"{_APPLICATION}.role"
JOB = f"{_APPLICATION}.job"
ATTEMPT = f"{_APPLICATION}.attempt"

Labels = dict[str, str]


def job_labels(installation: str, job_id: str | None = None, attempt: int | None = None) -> Labels:
    """The labels of an attempt's container; without an attempt, what all of them have."""
    labels = {INSTALLATION: installation, ROLE: "job"}
    if job_id is not None and attempt is not None:
        labels |= {JOB: job_id, ATTEMPT: str(attempt)}
    return labels


def probe_labels(installation: str) -> Labels:
    """Those of the container that proves the host paths."""
    return {INSTALLATION: installation, ROLE: "probe"}


def container_name(installation: str, job_id: str, attempt: int) -> str:
    """The same attempt always has the same name: a second container of it cannot be."""
    return f"{_APPLICATION}-{installation[:12]}-{job_id}-{attempt}"


def attempt_of(labels: Labels) -> tuple[str, int] | None:
    """(job id, attempt) by labels; None for those of no attempt."""
    number = labels.get(ATTEMPT, "")
    return (labels[JOB], int(number)) if labels.get(JOB) and number.isdecimal() else None


def bears(container: dict[str, Any], labels: Labels) -> bool:
    """Whether an inspected container has all of these labels."""
    present = container["Config"].get("Labels") or {}
    return labels.items() <= present.items()
