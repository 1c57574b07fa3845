"""Jobs: start, list, look at, stop, resume, move, delete."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response

from docker_sdk_api.routes.parts import Here, SpecBody, as_download, body_schema
from docker_sdk_api.schemas.job import EXAMPLE_SPEC, JobDetail, JobPage, JobView, Move
from docker_sdk_api.schemas.problem import refusals
from docker_sdk_api.specs.notations import as_yaml
from training_api.spec.errors import SegsmithError
from training_api.spec.states import JobState

router = APIRouter(tags=["jobs"])

_CURSOR = re.compile(r"(\d)_(-?\d{1,18})")


class BadCursor(SegsmithError):
    """`before` is not what a page gave as `next`."""

    code = "invalid_request"


@router.post(
    "/jobs",
    status_code=201,
    response_model=JobView,
    responses=refusals(409, 422, 507),
    openapi_extra=body_schema(EXAMPLE_SPEC),
)
def create_job(
    data: SpecBody,
    here: Here,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> dict[str, Any]:
    """Queue a job. A repeated Idempotency-Key gives the job that it gave the first time."""
    job = here.submission.submit(data, key=idempotency_key)
    return here.views.one(job.id)


@router.get("/jobs", response_model=JobPage, responses=refusals(422))
def get_jobs(
    here: Here,
    state: Annotated[list[JobState] | None, Query()] = None,
    kind: Annotated[str | None, Query(max_length=20)] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Active jobs, then the queue, then the ended ones newest first, page by page."""
    with here.store.read() as rows:
        after = _cursor(before) if before else None
        jobs = rows.listing(states=state, kind=kind, search=search, after=after, limit=limit + 1)
        shown = jobs[:limit]
        views = here.views.many(rows, shown)
    following = f"{shown[-1].rank}_{shown[-1].place}" if len(jobs) > limit else None
    return {"jobs": views, "next": following}


def _cursor(text: str) -> tuple[int, int]:
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadCursor("before: give the `next` of an earlier page.", field="before")
    return int(match[1]), int(match[2])


@router.get("/jobs/{job_id}", response_model=JobDetail, responses=refusals(404))
def get_job(job_id: str, here: Here) -> dict[str, Any]:
    """A job in full."""
    return here.details.of(job_id)


@router.get("/jobs/{job_id}/spec", responses=refusals(404))
def get_spec(
    job_id: str, here: Here, response: Response, format: Literal["json", "yaml"] = "json"
) -> Any:
    """The explicit spec: edit it and send it again."""
    with here.store.read() as rows:
        job = rows.get(job_id)
    document = here.home.job(job.id).any_spec().document()
    if format == "json":
        return document
    headers = as_download(f"{job.name}.yaml")
    return Response(as_yaml(document), media_type="application/yaml", headers=headers)


@router.post("/jobs/{job_id}/stop", response_model=JobView, responses=refusals(404, 409))
def stop_job(job_id: str, here: Here) -> dict[str, Any]:
    """Stop at the next step; logs, figures and the best model stay."""
    return here.views.one(here.actions.stop(job_id).id)


@router.post("/jobs/{job_id}/resume", response_model=JobView, responses=refusals(404, 409, 507))
def resume_job(job_id: str, here: Here) -> dict[str, Any]:
    """Queue another attempt, from the last checkpoint."""
    return here.views.one(here.actions.resume(job_id, here.settings.disk_reserve).id)


@router.post("/jobs/{job_id}/move", response_model=JobView, responses=refusals(404, 409, 422))
def move_job(job_id: str, move: Move, here: Here) -> dict[str, Any]:
    """Give a waiting job another place in the queue."""
    return here.views.one(here.actions.move(job_id, move.to).id)


@router.delete("/jobs/{job_id}", status_code=204, responses=refusals(404, 409))
def delete_job(job_id: str, here: Here, model: Literal["keep", "delete"] = "keep") -> None:
    """Remove an ended job with its files; its models only if asked."""
    here.actions.delete(job_id, model=model == "delete")


@router.post("/queue/pause", status_code=204, tags=["queue"])
def pause_queue(here: Here) -> None:
    """Start nothing more; running jobs go on."""
    here.actions.pause(True)


@router.post("/queue/resume", status_code=204, tags=["queue"])
def resume_queue(here: Here) -> None:
    """Start jobs again."""
    here.actions.pause(False)
