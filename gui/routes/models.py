"""Published models: how good, how large, download, delete."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import Api, ApiOf
from gui.pages import PagesOf
from gui.problems import ApiProblem

router = APIRouter(prefix="/models")


@router.get("")
async def models_page(api: ApiOf, pages: PagesOf, search: str = "") -> Response:
    """All models whose name, network or dataset holds `search`."""
    models = (await api.get("models"))["models"]
    wanted = search.lower()
    shown = [
        model
        for model in models
        if wanted in f"{model['name']} {model['network']} {model['dataset']['name']}".lower()
    ]
    return pages.show("models.html", models=shown, search=search, total=len(models))


@router.get("/{model_id}")
async def model_page(api: ApiOf, pages: PagesOf, model_id: str) -> Response:
    """One model: quality per class, exports with their proof, files."""
    model = await api.get("models", model_id)
    return pages.show("model.html", model=model, origin=await _origin(api, model))


@router.get("/{model_id}/delete")
async def ask_delete(api: ApiOf, pages: PagesOf, model_id: str) -> Response:
    """What would be lost, before it is."""
    model = await api.get("models", model_id)
    return pages.show("model_delete.html", model=model, origin=await _origin(api, model))


@router.post("/{model_id}/delete")
async def delete(api: ApiOf, pages: PagesOf, model_id: str) -> Response:
    """Delete the model; its job, if it is still there, stays."""
    await api.delete("models", model_id)
    return pages.go("models")


async def _origin(api: Api, model: dict[str, Any]) -> dict[str, Any] | None:
    """The job that made the model, None once it was deleted."""
    try:
        job: dict[str, Any] = await api.get("jobs", model["job_id"])
    except ApiProblem as problem:
        if problem.status == 404:
            return None
        raise
    return job
