"""The networks that can be trained."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.catalogue import Catalogue
from gui.form_fields import Remarks, fields_of
from gui.pages import PagesOf

router = APIRouter()


@router.get("/networks")
async def networks_page(api: ApiOf, pages: PagesOf) -> Response:
    """Networks by engine with their options, then losses."""
    catalogue = Catalogue(await api.get("catalogue"))
    options = {
        (network["engine"], network["name"]): fields_of(
            network["options_schema"], {}, {}, "", "options", Remarks()
        )
        for network in catalogue.networks
    }
    return pages.show("networks.html", catalogue=catalogue, options=options)
