"""New job, step 1: the dataset."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gui.api import ApiOf
from gui.draft import Draft
from gui.pages import PagesOf
from gui.routes.new_parts import live_part
from gui.wizard import wizard_of

router = APIRouter(prefix="/new")


@router.get("")
async def begin(request: Request, pages: PagesOf) -> Response:
    """The wizard starts with the dataset."""
    return pages.go("new", "dataset", **dict(request.query_params))


@router.get("/dataset")
async def dataset_step(request: Request, api: ApiOf, pages: PagesOf, check: str = "") -> Response:
    """Cards of all datasets; of the chosen one its classes, previews and problems."""
    draft = Draft.of(request.query_params.multi_items())
    wizard = await wizard_of(api, draft)
    if pages.is_fragment:
        return live_part(pages, "dataset", wizard)
    return pages.show(
        "new_dataset.html",
        step="dataset",
        wizard=wizard,
        datasets=await api.get("datasets"),
        missing=bool(check) and wizard.version is None,
    )


@router.get("/dataset/read")
async def read_dataset(api: ApiOf, pages: PagesOf, dataset: str) -> Response:
    """Read the dataset's files now (quick when none changed) and show what is in it."""
    scan = await api.post("datasets", dataset, "check")
    listed = enumerate(await api.get("datasets"), 1)
    place, entry = next((place, entry) for place, entry in listed if entry["name"] == dataset)
    response = pages.show(
        "_dataset_read.html", scan=scan, number=place, entry=entry, chosen=dataset
    )
    response.headers["HX-Trigger"] = "dataset-read"
    return response
