"""Datasets: what is in them and what is wrong with them."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.pages import PagesOf
from gui.wizard import last_scan

router = APIRouter(prefix="/datasets")

TABS = ("overview", "images", "problems")


@router.get("")
async def datasets_page(api: ApiOf, pages: PagesOf) -> Response:
    """A card per dataset."""
    return pages.show("datasets.html", datasets=await api.get("datasets"))


@router.get("/{name}")
async def dataset_page(api: ApiOf, pages: PagesOf, name: str, tab: str = "overview") -> Response:
    """The last check; a dataset that was never checked is read now, by the page itself."""
    scan = await last_scan(api, name)
    tab = tab if tab in TABS else "overview"
    return pages.show("dataset.html", name=name, scan=scan, tab=tab)


@router.get("/{name}/read")
async def read(api: ApiOf, pages: PagesOf, name: str, tab: str = "overview") -> Response:
    """Read the files now (quick when none changed); the page's content."""
    scan = await api.post("datasets", name, "check")
    tab = tab if tab in TABS else "overview"
    return pages.show("_dataset.html", name=name, scan=scan, tab=tab)
