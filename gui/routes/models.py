"""Published models: how good, how large, download, delete."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gui.api import ApiOf
from gui.pages import PagesOf

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
    return pages.show("model.html", model=await api.get("models", model_id))


@router.get("/{model_id}/delete")
async def ask_delete(api: ApiOf, pages: PagesOf, model_id: str) -> Response:
    """What would be lost, before it is."""
    return pages.show("model_delete.html", model=await api.get("models", model_id))


@router.post("/{model_id}/delete")
async def delete(api: ApiOf, pages: PagesOf, model_id: str) -> Response:
    """Delete the model; its job, if it is still there, stays."""
    await api.delete("models", model_id)
    return pages.go("models")
