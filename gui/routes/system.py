"""The machine: devices, engines, disk, checks."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.pages import PagesOf

router = APIRouter()


@router.get("/system")
async def system_page(api: ApiOf, pages: PagesOf) -> Response:
    """What jobs can use, and whether everything is in order."""
    return pages.show("system.html", system=await api.get("system"))
