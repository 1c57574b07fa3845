"""Live streams of server-sent events."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from sse_starlette import EventSourceResponse

from docker_sdk_api.routes.parts import Here
from docker_sdk_api.schemas.problem import refusals

router = APIRouter(tags=["streams"])

_KEEP_ALIVE_SECONDS = 15

Offset = Annotated[int, Query(ge=0, lt=1 << 60)]


@router.get("/jobs/stream", response_class=EventSourceResponse)
async def stream_jobs(here: Here) -> Response:
    """`jobs` events: all active and queued jobs, on change, at most one per second."""
    return EventSourceResponse(here.streams.jobs(), ping=_KEEP_ALIVE_SECONDS)


@router.get("/jobs/{job_id}/stream", response_class=EventSourceResponse, responses=refusals(404))
async def stream_job(
    job_id: str,
    here: Here,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Offset = 0,
    log: Annotated[int | None, Query(ge=0, lt=1 << 60)] = None,
) -> Response:
    """`state`, `training` and `log` events.

    Training events come from byte `after` of the job's events on, log lines from byte `log` on (if
    not given: from its tail); a reader that comes back with Last-Event-ID misses nothing. The
    stream ends after the job; coming back then gives 204, which tells browsers to stay away.
    """
    streams = here.streams
    position = await asyncio.to_thread(streams.position, job_id, last_event_id, after, log)
    if await asyncio.to_thread(streams.is_drained, job_id, position) and last_event_id:
        return Response(status_code=204)
    return EventSourceResponse(streams.job(job_id, position), ping=_KEEP_ALIVE_SECONDS)
