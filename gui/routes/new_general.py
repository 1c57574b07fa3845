"""New job, step 2: name, device, preset or network."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gui.api import Api, ApiOf
from gui.draft import Draft
from gui.pages import PagesOf
from gui.routes.new_parts import live_part
from gui.wizard import Wizard, free_name, wizard_of

router = APIRouter(prefix="/new")


@router.get("/general")
async def general_step(request: Request, api: ApiOf, pages: PagesOf, check: str = "") -> Response:
    """The form; for htmx what follows from a changed answer."""
    draft = Draft.of(request.query_params.multi_items())
    wizard = await wizard_of(api, draft)
    if pages.is_fragment:
        return live_part(pages, "general", wizard)
    if wizard.version is None:
        return pages.go("new", "dataset", check=1, **draft.query())
    if "name" not in draft.values and not check:  # sent back for the lack of one, it stays empty
        wizard = await wizard_of(api, await _with_name(api, wizard))
    return pages.show("new_general.html", step="general", wizard=wizard, checked=bool(check))


async def _with_name(api: Api, wizard: Wizard) -> Draft:
    """The draft under the dataset's name, or the first number behind it that is free."""
    return wizard.draft.having(name=await free_name(api, wizard.draft.get("dataset")))


@router.get("/network")
async def network_choice(request: Request, api: ApiOf, pages: PagesOf) -> Response:
    """Engine, network, its options and loss as the draft now has them."""
    wizard = await wizard_of(api, Draft.of(request.query_params.multi_items()))
    return pages.show("_network_choice.html", step="general", wizard=wizard)
