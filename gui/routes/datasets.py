"""Datasets: what is in them and what is wrong with them."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.pages import PagesOf
from gui.problems import ApiProblem
from gui.wizard import last_scan

router = APIRouter(prefix="/datasets")

TABS = ("overview", "images", "problems")


@router.get("")
async def datasets_page(api: ApiOf, pages: PagesOf) -> Response:
    """A card per dataset; the page has those read that nobody has read yet."""
    datasets, system = await asyncio.gather(api.get("datasets"), api.get("system"))
    return pages.show("datasets.html", datasets=datasets, system=system)


@router.get("/{name}")
async def dataset_page(api: ApiOf, pages: PagesOf, name: str, tab: str = "overview") -> Response:
    """The last check; a dataset that was never checked is read now, by the page itself.

    Raises ApiProblem for one that is not there.
    """
    scan = await last_scan(api, name)
    if scan is None and name not in [entry["name"] for entry in await api.get("datasets")]:
        detail = f"There is no dataset {name}. The page Datasets lists all."
        raise ApiProblem(404, {"code": "not_found", "detail": detail})
    tab = tab if tab in TABS else "overview"
    return pages.show("dataset.html", name=name, scan=scan, tab=tab)


@router.get("/{name}/read")
async def read(api: ApiOf, pages: PagesOf, name: str, tab: str = "overview") -> Response:
    """Read the files now (quick when none changed); the page's content."""
    scan = await api.post("datasets", name, "check")
    tab = tab if tab in TABS else "overview"
    return pages.show("_dataset.html", name=name, scan=scan, tab=tab)


@router.get("/{name}/card")
async def card(api: ApiOf, pages: PagesOf, name: str, number: int) -> Response:
    """Read a dataset, then the parts of its card, the `number`th, that show what was found."""
    refused = ""
    try:
        await api.post("datasets", name, "check")
    except ApiProblem as problem:
        if problem.status in (401, 404):
            raise
        refused = problem.detail
    entry = next(entry for entry in await api.get("datasets") if entry["name"] == name)
    return pages.show("_dataset_card.html", entry=entry, number=number, refused=refused)
