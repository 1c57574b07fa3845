"""Published models."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from docker_sdk_api.routes.parts import Here, as_download
from docker_sdk_api.schemas.model import ModelDetail, ModelList, ModelView
from docker_sdk_api.schemas.problem import refusals
from training_api.spec.model_zip import zip_pieces

router = APIRouter(tags=["models"])


@router.get("/models", response_model=ModelList)
def get_models(here: Here) -> dict[str, list[dict[str, Any]]]:
    """All models, newest first."""
    return {"models": here.models.all()}


@router.get("/models/{model_id}", response_model=ModelDetail, responses=refusals(404, 409))
def get_model(model_id: str, here: Here) -> dict[str, Any]:
    """A model and its manifest."""
    return here.models.detail(model_id)


@router.get("/models/{model_id}/download", responses=refusals(404, 409))
def download_model(model_id: str, here: Here) -> StreamingResponse:
    """The model as a ZIP."""
    view = ModelView.model_validate(here.models.view(model_id))
    pieces = zip_pieces(here.models.folder(model_id))
    headers = as_download(f"{view.name}.zip")
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.delete("/models/{model_id}", status_code=204, responses=refusals(404))
def delete_model(model_id: str, here: Here) -> None:
    """Remove a model for good; its job stays."""
    here.models.delete(model_id)
