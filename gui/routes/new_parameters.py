"""New job, step 3: hyper-parameters, and Start."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gui.api import ApiOf
from gui.draft import Draft
from gui.job_spec import spec_of
from gui.measurement import measurement_of
from gui.pages import Pages, PagesOf
from gui.problems import ApiProblem
from gui.routes.new_parts import live_part, measured
from gui.wizard import Wizard, wizard_of

router = APIRouter(prefix="/new")


@router.get("/parameters")
async def parameters_step(request: Request, api: ApiOf, pages: PagesOf) -> Response:
    """Basic and advanced values, each checked by the API as it is typed."""
    draft = Draft.of(request.query_params.multi_items())
    wizard = await wizard_of(api, draft)
    if pages.is_fragment:
        found = await measurement_of(api, wizard)
        return live_part(pages, "parameters", wizard, **measured(wizard, found))
    missing = _first_gap(wizard)
    if missing:
        return pages.go("new", missing, check=1, **draft.query())
    return _page(pages, wizard, measured(wizard, await measurement_of(api, wizard)))


@router.post("/start")
async def start(
    request: Request,
    api: ApiOf,
    pages: PagesOf,
) -> Response:
    """Start the job; a refusal shows the form again with each sentence at its field."""
    form = await request.form()
    draft = Draft.of((name, str(value)) for name, value in form.multi_items())
    wizard = await wizard_of(api, draft)
    spec = spec_of(wizard.draft, wizard.catalogue, wizard.version or "")
    headers = {"Idempotency-Key": str(form["key"])} if form.get("key") else {}
    try:
        job = await api.post("jobs", body=spec, **headers)
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        wizard = await wizard_of(api, draft, problem.problems)
        told = measured(wizard, await measurement_of(api, wizard))
        return _page(pages, wizard, told, 422, "" if problem.problems else problem.detail)
    return pages.go("jobs", job["id"])


def _page(
    pages: Pages, wizard: Wizard, told: dict[str, Any], status: int = 200, refusal: str = ""
) -> Response:
    return pages.show(
        "new_parameters.html",
        status,
        step="parameters",
        wizard=wizard,
        **told,
        refusal=refusal,
        key=secrets.token_urlsafe(12),  # a second click on Start makes no second job
    )


def _first_gap(wizard: Wizard) -> str:
    """The step that has to be answered first, '' when all are."""
    if wizard.version is None:
        return "dataset"
    named = wizard.draft.get("name") and "name" not in wizard.problems
    return "" if named else "general"
