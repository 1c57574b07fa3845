"""Jobs from their directories: what a lost or restored database no longer knows."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from docker_sdk_api.home import Home, is_id
from docker_sdk_api.jobs.actions import TRASH, discard
from docker_sdk_api.jobs.meta import Meta
from docker_sdk_api.jobs.record import JobRecord, columns_of
from docker_sdk_api.jobs.rows import JobRows, JobStore, NameTaken
from docker_sdk_api.jobs.verdict import read_result
from training_api.spec.clock import now
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import INFRASTRUCTURE, NotFound, ReasonCode, SegsmithError
from training_api.spec.kinds.base import Spec
from training_api.spec.launch import Result
from training_api.spec.states import JobState

log = logging.getLogger(__name__)

STAGING = ".new-"
_REPEATED = INFRASTRUCTURE | {ReasonCode.out_of_memory}


def reconcile_directories(home: Home, store: JobStore) -> int:
    """Add a row for each complete job directory without one; the number of rows added.

    Removes what an interrupted acceptance or deletion left. Call it before the supervisor starts.
    """
    for folder in [*home.jobs.iterdir(), *home.models.iterdir()]:
        if folder.name.startswith((STAGING, TRASH)):
            shutil.rmtree(folder, ignore_errors=True)
    unknown = _unknown(home, store)
    found = [entry for path in unknown if (entry := _read(JobDirectory(path))) is not None]
    for directory, spec, meta in sorted(found, key=lambda entry: entry[2].created):
        _add(store, directory, spec, meta)
    return len(found)


def _unknown(home: Home, store: JobStore) -> list[Path]:
    """Job directories without a row; those of deleted jobs are removed."""
    unknown = []
    with store.read() as rows:
        known = rows.known_ids()
    for folder in home.jobs.iterdir():
        if not folder.is_dir() or not is_id(folder.name):
            continue
        if folder.name not in known:
            unknown.append(folder)
        elif known[folder.name]:
            discard(folder)
    return unknown


def _read(directory: JobDirectory) -> tuple[JobDirectory, Spec, Meta] | None:
    try:
        return directory, directory.any_spec(), Meta.load(directory)
    except (SegsmithError, ValidationError) as error:
        log.warning("%s is left out of the list of jobs: %s", directory.path, error)
        return None


def _add(store: JobStore, directory: JobDirectory, spec: Spec, meta: Meta) -> None:
    attempts = _attempts(directory)
    results = [read_result(attempt) for attempt in attempts]
    values = columns_of(spec) | _common(directory, meta) | _standing(meta, attempts, results)
    with store.write() as rows:
        job = _insert(rows, values)
        for attempt, result in zip(attempts, results, strict=True):
            _add_attempt(rows, job.id, meta, attempt, result)
    log.info("Job %s ('%s') was found in %s: %s", job.id, job.name, directory.path, job.state)


def _attempts(directory: JobDirectory) -> list[AttemptDirectory]:
    """Also those that were stopped before their launch.json was written."""
    folder = directory.path / "attempts"
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    found = [directory.attempt(number) for number in sorted(int(n) for n in names if n.isdigit())]
    return [entry for entry in found if _was_meant(entry)]


def _was_meant(attempt: AttemptDirectory) -> bool:
    marks = (attempt.launch_path, attempt.result_path, attempt.stop_path)
    return any(mark.exists() for mark in marks)


def _launched(attempt: AttemptDirectory) -> tuple[str, list[str]]:
    """(when, with which devices); the devices of an attempt that never was do not matter."""
    try:
        launch = attempt.launch()
    except NotFound:
        return now(), ["cpu"]
    return launch.created, launch.devices


def _common(directory: JobDirectory, meta: Meta) -> dict[str, Any]:
    return {
        "id": directory.path.name,
        "parent_id": meta.parent_id,
        "created_by": meta.created_by,
        "created": meta.created,
        "dataset_name": meta.dataset_name,
        "idempotency_key": meta.idempotency_key,
        "request_sha256": meta.request_sha256,
    }


def _insert(rows: JobRows, values: dict[str, Any]) -> JobRecord:
    """A name that was freed and given to a later job gets the job's id added."""
    try:
        return rows.insert(**values)
    except NameTaken:
        return rows.insert(**values | {"name": f"{values['name'][:60]} ({values['id']})"})


def _standing(
    meta: Meta, attempts: list[AttemptDirectory], results: list[Result | None]
) -> dict[str, Any]:
    """State, reason and counters by the last attempt; one without a result may still live."""
    last = results[-1] if results else None
    standing: dict[str, Any] = {
        "state": _state(meta, attempts, last).value,
        "attempt": attempts[-1].number if attempts else 0,
        "retries": _retries(results),
        "started": _launched(attempts[0])[0] if attempts else None,
        "model_id": next((r.model_id for r in reversed(results) if r and r.model_id), None),
    }
    if last is not None:
        standing |= {"reason": last.reason, "message": last.message, "ended": last.ended}
    elif standing["state"] == JobState.cancelled:
        standing["ended"] = meta.created
    return standing


def _state(meta: Meta, attempts: list[AttemptDirectory], last: Result | None) -> JobState:
    number = attempts[-1].number if attempts else 0
    if meta.cancelled_after_attempt == number:
        return JobState.cancelled
    if not attempts:
        return JobState.queued
    if last is not None:
        return last.state
    return JobState.stopping if attempts[-1].stop_requested else JobState.starting


def _retries(results: list[Result | None]) -> int:
    """How many of the last attempts repeat another by themselves; the last may still live."""
    ended = [result for result in results if result is not None]
    interrupted = 0
    for result in reversed(ended):
        if result.reason not in _REPEATED:
            break
        interrupted += 1
    return interrupted if len(ended) < len(results) else max(0, interrupted - 1)


def _add_attempt(
    rows: JobRows, job_id: str, meta: Meta, attempt: AttemptDirectory, result: Result | None
) -> None:
    created, devices = _launched(attempt)
    live = JobState.stopping if attempt.stop_requested else JobState.starting
    rows.add_attempt(
        rows.get(job_id),
        number=attempt.number,
        state=result.state.value if result else live.value,
        reason=result.reason if result else None,
        message=result.message if result else "",
        devices=devices,
        runner="",
        created=created,
        started=result.started if result else None,
        ended=result.ended if result else None,
    )
