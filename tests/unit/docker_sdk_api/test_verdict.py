"""The end of an attempt whose agent left no result."""

from __future__ import annotations

from pathlib import Path

import pytest

from docker_sdk_api.jobs.record import AttemptRecord
from docker_sdk_api.jobs.verdict import settle
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.events import EventWriter
from training_api.spec.kinds import train
from training_api.spec.states import JobState
from training_api.verdict import Evidence, judge


@pytest.mark.parametrize("reason", ReasonCode)
def test_the_trainers_word_counts_as_the_agent_would_count_it(
    tmp_path: Path, reason: ReasonCode
) -> None:
    job = JobDirectory(tmp_path)
    job.attempt(1).path.mkdir(parents=True)
    words = {"reason": reason.value, "message": "A sentence."}
    EventWriter(job.events_path, 1).write("failed", **words)
    result = settle(job, _record(), None, stopping=False, kind=train.KIND)
    verdict = judge(Evidence(1, [{"event": "failed", **words}], []))
    assert (result.state, result.reason) == (verdict.state, verdict.reason)
    assert result.message == "A sentence."


def test_a_full_disk_interrupts(tmp_path: Path) -> None:
    job = JobDirectory(tmp_path)
    job.attempt(1).path.mkdir(parents=True)
    EventWriter(job.events_path, 1).write("failed", reason="disk_full", message="Full.")
    assert (
        settle(job, _record(), None, stopping=False, kind=train.KIND).state is JobState.interrupted
    )


def _record() -> AttemptRecord:
    return AttemptRecord(
        job_id="job-1",
        number=1,
        project_id="default",
        created_by="local",
        state=JobState.running,
        reason=None,
        message="",
        devices=["cpu"],
        runner="local",
        handle=None,
        created="2026-01-01T00:00:00.000Z",
        started=None,
        ended=None,
    )
