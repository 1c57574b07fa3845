"""A running job's own API."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from docker_sdk_api.routes.parts import Here
from docker_sdk_api.schemas.problem import refusals

router = APIRouter(tags=["agent"])


@router.get("/jobs/{job_id}/agent/{path}", responses=refusals(404, 409))
@router.post("/jobs/{job_id}/agent/{path}", responses=refusals(404, 409, 422))
async def ask_agent(job_id: str, path: str, request: Request, here: Here) -> StreamingResponse:
    """Ask a job that runs: health, state, events, logs, model (best so far), predict (POST)."""
    endpoint = await asyncio.to_thread(here.agents.endpoint, job_id)
    answer = await here.agents.forward(
        endpoint,
        request.method,
        path,
        request.url.query,
        request.headers,
        await request.body(),
    )
    return StreamingResponse(answer.body, answer.status, answer.headers)
