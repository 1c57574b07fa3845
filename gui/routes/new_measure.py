"""New job, step 3: time and memory, measured before Start."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gui.api import ApiOf
from gui.draft import Draft
from gui.measurement import measurement_of
from gui.pages import Pages, PagesOf
from gui.routes.new_parts import measured_part
from gui.wizard import Wizard, wizard_of

router = APIRouter(prefix="/new")


@router.post("/measure")
async def measure(request: Request, api: ApiOf, pages: PagesOf) -> Response:
    """Begin to measure; without script the page is loaded anew with its state."""
    form = await request.form()
    draft = Draft.of((name, str(value)) for name, value in form.multi_items())
    wizard = await wizard_of(api, draft)
    found = await measurement_of(api, wizard, start=True)
    return _shown(pages, wizard, found)


@router.get("/measure")
async def look(request: Request, api: ApiOf, pages: PagesOf) -> Response:
    """How far the measurement is; asked again and again while it lasts."""
    wizard = await wizard_of(api, Draft.of(request.query_params.multi_items()))
    return _shown(pages, wizard, await measurement_of(api, wizard))


def _shown(pages: Pages, wizard: Wizard, found: dict[str, object] | None) -> Response:
    if pages.is_fragment:
        return measured_part(pages, wizard, found)
    return pages.go("new", "parameters", **wizard.draft.query())
