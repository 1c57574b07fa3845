"""A job in full, as its page shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docker_sdk_api.datasets.library import DatasetLibrary
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import AttemptRecord, JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.jobs.verdict import read_result
from docker_sdk_api.jobs.view import JobViews
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import NotFound
from training_api.spec.logs import log_tail, tail_offset

_RESOURCE_ROWS = 120
_RESOURCE_BYTES = 40_000
_TAIL_LINES = 100


class JobDetails:
    """Makes JobDetails from the same sources as views, and the rest of the directory. Blocking."""

    def __init__(
        self, home: Home, store: JobStore, datasets: DatasetLibrary, views: JobViews
    ) -> None:
        self._home = home
        self._store = store
        self._datasets = datasets
        self._views = views

    def of(self, job_id: str) -> dict[str, Any]:
        """The JobDetail. Raises NotFound."""
        with self._store.read() as rows:
            job, attempts = rows.get(job_id), rows.attempts(job_id)
            view = self._views.many(rows, [job])[0]
        directory = self._home.job(job_id)
        activity = self._views.activity(job_id)
        return view | {
            "spec": directory.any_spec().document(),
            "classes": self._classes(job),
            "started_event": activity.started,
            "weights_event": activity.weights,
            "attempts": [_attempt(directory, attempt) for attempt in attempts],
            "validations": activity.validations,
            "samples": activity.samples,
            "resources": _resources(directory.attempt(job.attempt).resources_path),
            "notices": [*_own_notices(job, view["responding"]), *activity.notices],
            "offsets": {"events": activity.offset, "log": _size(directory.log_path)},
        }

    def _classes(self, job: JobRecord) -> list[dict[str, Any]]:
        if job.dataset_id is None:
            return []
        try:
            version = self._datasets.version(job.dataset_id)
        except NotFound:
            return []
        return [entry.model_dump(mode="json") for entry in version.classes]


def _attempt(directory: JobDirectory, attempt: AttemptRecord) -> dict[str, Any]:
    result = read_result(directory.attempt(attempt.number)) if attempt.ended else None
    return {
        "number": attempt.number,
        "state": attempt.state.value,
        "reason": attempt.reason.value if attempt.reason else None,
        "message": attempt.message,
        "started": attempt.started or attempt.created,
        "ended": attempt.ended,
        "log_tail": result.log_tail if result else _live_tail(directory),
    }


def _live_tail(directory: JobDirectory) -> list[str]:
    return log_tail(directory.log_path, _TAIL_LINES)


def _own_notices(job: JobRecord, responding: bool) -> list[str]:
    """What only the orchestrator can tell."""
    notices = [] if responding else ["The job has not been heard of for a minute; it may hang."]
    if job.message and not job.state.ended:
        notices.append(job.message)
    return notices


def _resources(path: Path) -> list[dict[str, Any]]:
    """The last samples of the job's use of the machine."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(tail_offset(path, _RESOURCE_BYTES))
        lines = file.read().split(b"\n")[:-1]
    return [row for line in lines[-_RESOURCE_ROWS:] if (row := _row(line)) is not None]


def _row(line: bytes) -> dict[str, Any] | None:
    """A sample, or None for a line that a kill has torn."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
