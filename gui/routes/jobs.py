"""The home page: what runs, what waits, what came out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import Api, ApiOf
from gui.pages import PagesOf
from gui.states import STATES
from gui.wizard import free_name

router = APIRouter()

PAGE = 50
SAMPLE = "dummy_dataset"
MOST_LIVE = 200
DOWNLOADS = "downloads"
"""The filter that shows fetch jobs instead of trainings."""
FILTERS = ("running", "queued", "succeeded", "failed", "cancelled", "interrupted")


@router.get("/")
async def jobs_page(
    api: ApiOf, pages: PagesOf, state: str = "", search: str = "", before: str = ""
) -> Response:
    """All jobs, or those of one state whose name holds `search`."""
    state = _filter(state)
    jobs, ended, system = await asyncio.gather(
        _live(api, state, search), _ended(api, state, search, before), api.get("system")
    )
    jobs = [] if before else jobs
    part = "_downloads_finished.html" if state == DOWNLOADS else "_jobs_finished.html"
    return pages.show(
        part if pages.is_fragment else "jobs.html",
        running=[job for job in jobs if _active(job)],
        queued=[job for job in jobs if job["state"] == "queued"],
        finished=ended["jobs"],
        known=digest(jobs),
        next=ended["next"],
        state=state,
        search=search,
        before=before,
        filters=FILTERS,
        queue=system["queue"],
    )


@router.get("/live")
async def live(
    api: ApiOf, pages: PagesOf, state: str = "", search: str = "", known: str = ""
) -> Response:
    """What moved since the page was made or last asked.

    While `known` (see `digest`) still holds, only the moving parts of the rows, so that no button
    is replaced under the pointer; else all rows that have not ended.
    """
    state = _filter(state)
    jobs, system = await asyncio.gather(_live(api, state, search), api.get("system"))
    if known == digest(jobs):
        response = pages.show(
            "_jobs_moving.html",
            running=[job for job in jobs if _active(job)],
            queued=[job for job in jobs if job["state"] == "queued"],
        )
        response.headers["HX-Reswap"] = "none"
        return response
    response = pages.show(
        "_jobs_live.html",
        running=[job for job in jobs if _active(job)],
        queued=[job for job in jobs if job["state"] == "queued"],
        known=digest(jobs),
        state=state,
        search=search,
        queue=system["queue"],
    )
    response.headers["HX-Trigger"] = "jobs-changed"
    return response


@router.post("/sample")
async def train_sample(api: ApiOf, pages: PagesOf) -> Response:
    """Train the dataset that comes with the product, with the fast preset."""
    scan = await api.post("datasets", SAMPLE, "check")
    name = await free_name(api, "Sample")
    job = await api.post("jobs", body={"name": name, "dataset": scan["version"], "preset": "fast"})
    return pages.go("jobs", job["id"])


@router.post("/queue/{change}")
async def queue(api: ApiOf, pages: PagesOf, change: str) -> Response:
    """Pause or resume the queue; running jobs go on either way."""
    if change in ("pause", "resume"):
        await api.post("queue", change)
    return pages.go()


def _filter(state: str) -> str:
    return state if state in (*FILTERS, DOWNLOADS) else ""


async def _live(api: Api, state: str, search: str) -> list[dict[str, Any]]:
    """Jobs of all kinds that run or wait; downloads alone if they are asked for."""
    shown = _states(state, ended=False)
    if not shown:
        return []
    kind = "fetch" if state == DOWNLOADS else None
    page = await api.get("jobs", state=shown, kind=kind, search=search or None, limit=MOST_LIVE)
    jobs: list[dict[str, Any]] = page["jobs"]
    return jobs


async def _ended(api: Api, state: str, search: str, before: str) -> dict[str, Any]:
    """A page of ended trainings, or of downloads, which only those want who ask for them."""
    shown = _states(state, ended=True)
    if not shown:
        return {"jobs": [], "next": None}
    kind = "fetch" if state == DOWNLOADS else "train"
    page: dict[str, Any] = await api.get(
        "jobs",
        state=shown,
        kind=kind,
        search=search or None,
        before=before or None,
        limit=PAGE,
    )
    return page


def _states(wanted: str, *, ended: bool) -> list[str]:
    """The states of which `ended` is true and that the filter lets through."""
    everything = wanted in ("", DOWNLOADS)
    return [
        name
        for name, look in STATES.items()
        if look.ended is ended and (everything or name == wanted)
    ]


def _active(job: dict[str, Any]) -> bool:
    return not STATES[job["state"]].ended and job["state"] != "queued"


def digest(jobs: Iterable[dict[str, Any]]) -> str:
    """What the rows' buttons and places depend on; it changes when a job starts, moves or ends."""
    return ",".join(f"{job['id']}.{job['state']}.{job['position'] or 0}" for job in jobs)
