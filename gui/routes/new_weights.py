"""New job: bringing the weights that it is to start from, without leaving the wizard."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gui.api import ApiOf
from gui.draft import Draft
from gui.pages import PagesOf
from gui.weights_choice import is_live

router = APIRouter(prefix="/new/weights")

STEPS = ("general", "parameters")


@router.post("/fetch")
async def fetch(request: Request, api: ApiOf, pages: PagesOf, step: str = "general") -> Response:
    """Start to fetch the file that the form names; for htmx how it goes, else the step again."""
    form = await request.form()
    pairs = [(name, str(value)) for name, value in form.multi_items()]
    weights_id = dict(pairs).get("fetch", "")
    answer = await api.post("weights", weights_id, "fetch")
    if not pages.is_fragment:
        return pages.go("new", step if step in STEPS else STEPS[0], **Draft.of(pairs).query())
    file = await api.get("weights", weights_id)
    return pages.show("_weights_file.html", file=file, job=answer["job"], step=step)


@router.get("/file")
async def state(
    api: ApiOf, pages: PagesOf, weights: str, job: str, step: str = "general"
) -> Response:
    """How the fetching of a file goes; once it has come, the wizard looks again."""
    file, found = await api.get("weights", weights), await api.get("jobs", job)
    response = pages.show("_weights_state.html", file=file, job=found, step=step)
    if file["present"] and not is_live(found):
        response.headers["HX-Trigger"] = "weights-arrived"
    return response
