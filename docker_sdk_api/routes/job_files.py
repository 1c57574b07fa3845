"""What a job's directory holds: events, log, samples, metrics."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, StreamingResponse

from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.routes.parts import Here, as_download
from docker_sdk_api.schemas.job import EventPage, JobSize, LogPage
from docker_sdk_api.schemas.problem import refusals
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import NotFound
from training_api.spec.events import read_events
from training_api.spec.logs import line_start, read_log, tail_offset

router = APIRouter(tags=["job files"])

_PIECE = 1 << 18
_IMAGES = {".png": "image/png", ".jpg": "image/jpeg"}

After = Annotated[int, Query(ge=0, lt=1 << 60)]


def _opened(here: Orchestrator, job_id: str) -> tuple[JobRecord, JobDirectory]:
    """The job and its directory. Raises NotFound."""
    with here.store.read() as rows:
        job = rows.get(job_id)
    return job, here.home.job(job.id)


@router.get("/jobs/{job_id}/events", response_model=EventPage, responses=refusals(404))
def get_events(
    job_id: str, here: Here, after: After = 0, limit: Annotated[int, Query(ge=1, le=50_000)] = 5000
) -> dict[str, Any]:
    """The trainer's events from byte `after` on. An event's id is its attempt and end offset."""
    _, directory = _opened(here, job_id)
    read = itertools.islice(read_events(directory.events_path, after), limit)
    events = [
        {"id": f"{event['attempt']}-{offset}", "offset": offset} | event for offset, event in read
    ]
    return {"events": events, "next": events[-1]["offset"] if events else after}


@router.get("/jobs/{job_id}/log", response_model=LogPage, responses=refusals(404))
def get_log(
    job_id: str,
    here: Here,
    after: After = 0,
    limit: Annotated[int, Query(ge=1000, le=4_000_000)] = 200_000,
    tail: bool = False,
    before: Annotated[int | None, Query(ge=0, lt=1 << 60)] = None,
) -> dict[str, Any]:
    """Whole lines from byte `after` on, with `tail` the last ones, or those that end at `before`.

    About `limit` bytes. To scroll back, `before` is the `start` of the part that is there.
    """
    _, directory = _opened(here, job_id)
    path = directory.log_path
    size = path.stat().st_size if path.exists() else 0
    start = tail_offset(path, limit) if tail else after
    if before is not None:
        before = min(before, size)
        start = _piece_start(path, before, limit)
        limit = before - start
    lines, following = read_log(path, start, limit) if limit else ([], start)
    return {"lines": lines, "start": start, "next": following, "size": size}


def _piece_start(path: Path, before: int, limit: int) -> int:
    """Where about `limit` bytes that end at `before` start: at a line, or within a long one."""
    start = line_start(path, before - limit)
    return start if start < before else max(0, before - limit)


@router.get("/jobs/{job_id}/log.txt", responses=refusals(404))
def download_log(job_id: str, here: Here) -> StreamingResponse:
    """The whole log as the trainer wrote it, as it is now."""
    job, directory = _opened(here, job_id)
    size = directory.log_path.stat().st_size if directory.log_path.exists() else 0
    headers = as_download(f"{job.name}-log.txt") | {"Content-Length": str(size)}
    return StreamingResponse(
        _pieces(directory.log_path, size), media_type="text/plain; charset=utf-8", headers=headers
    )


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """The first `size` bytes: a log that grows meanwhile must not outgrow its Content-Length."""
    if size == 0:
        return
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(_PIECE, size))):
            size -= len(piece)
            yield piece


@router.get("/jobs/{job_id}/size", response_model=JobSize, responses=refusals(404))
def get_size(job_id: str, here: Here) -> dict[str, int]:
    """Bytes on disk that deleting the job would free; its models are apart."""
    _, directory = _opened(here, job_id)
    files = (entry for entry in directory.path.rglob("*") if entry.is_file())
    return {"bytes": sum(_bytes(file) for file in files)}


def _bytes(file: Path) -> int:
    """The file's size, 0 when the trainer has just replaced it."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


@router.get("/jobs/{job_id}/samples/{epoch}/{file}", responses=refusals(404))
def get_sample(job_id: str, epoch: str, file: str, here: Here) -> FileResponse:
    """An image that a sample event names."""
    _, directory = _opened(here, job_id)
    wanted = f"samples/{epoch}/{file}"
    named = {
        entry.get(part)
        for event in here.views.activity(job_id).samples
        for entry in event.get("samples", [])
        for part in ("image", "truth", "prediction")
    }
    path = directory.path / wanted
    media_type = _IMAGES.get(path.suffix)
    if wanted not in named or media_type is None or not path.is_file():
        raise NotFound("There is no such sample.")
    return FileResponse(path, media_type=media_type)


@router.get("/jobs/{job_id}/metrics.csv", responses=refusals(404))
def get_metrics(job_id: str, here: Here) -> FileResponse:
    """One row per validation."""
    job, directory = _opened(here, job_id)
    if not directory.metrics_path.is_file():
        raise NotFound("There are no metrics yet; the first come with the first validation.")
    headers = as_download(f"{job.name}-metrics.csv")
    return FileResponse(directory.metrics_path, media_type="text/csv", headers=headers)
