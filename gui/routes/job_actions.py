"""What one does with a job: stop, resume, move in the queue, train again, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from gui.api import ApiOf
from gui.catalogue import Catalogue
from gui.job_spec import draft_of
from gui.pages import PagesOf
from gui.wizard import free_name

router = APIRouter(prefix="/jobs/{job_id}")

Back = Annotated[str, Form(alias="back")]


@router.post("/stop")
async def stop(api: ApiOf, pages: PagesOf, job_id: str, back: Back = "") -> Response:
    """Ask the job to end after its step; a queued one leaves the queue."""
    await api.post("jobs", job_id, "stop")
    return pages.go() if back == "jobs" else pages.go("jobs", job_id)


@router.post("/resume")
async def resume(api: ApiOf, pages: PagesOf, job_id: str, back: Back = "") -> Response:
    """A new attempt from the last checkpoint."""
    await api.post("jobs", job_id, "resume")
    return pages.go() if back == "jobs" else pages.go("jobs", job_id)


@router.post("/move")
async def move(api: ApiOf, pages: PagesOf, job_id: str, to: Annotated[int, Form()]) -> Response:
    """Another place in the queue, counted from 0."""
    await api.post("jobs", job_id, "move", body={"to": to})
    return pages.go()


@router.get("/again")
async def again(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """The wizard, filled in with this job's settings and a free name."""
    job = await api.get("jobs", job_id)
    catalogue = Catalogue(await api.get("catalogue"))
    draft = draft_of(job["spec"], job["dataset"]["name"], catalogue)
    draft = draft.having(name=await free_name(api, job["name"]))
    return pages.go("new", "general", **draft.query())


@router.get("/delete")
async def ask_delete(api: ApiOf, pages: PagesOf, job_id: str) -> Response:
    """What would be lost, before it is."""
    job = await api.get("jobs", job_id)
    size = await api.get("jobs", job_id, "size")
    model = await api.get("models", job["model_id"]) if job["model_id"] else None
    return pages.show("job_delete.html", job=job, size=size["bytes"], model=model)


@router.post("/delete")
async def delete(
    api: ApiOf, pages: PagesOf, job_id: str, model: Annotated[str, Form()] = "keep"
) -> Response:
    """Delete the job; its model too only when asked."""
    await api.delete("jobs", job_id, model="delete" if model == "delete" else "keep")
    return pages.go()
