"""The routes under /inference."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from inference_api.desk import DeskOf
from inference_api.predictor import DEFAULT_OPACITY
from inference_api.uploads import IMAGE_BODY
from training_api.spec.model import ModelManifest

router = APIRouter()
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}
Opacity = Annotated[float, Query(ge=0, le=1, description="0 shows the image, 1 the mask.")]


def summary(manifest: ModelManifest) -> dict[str, Any]:
    """A model as the list shows it."""
    return {
        "id": manifest.id,
        "name": manifest.name,
        "created": manifest.created,
        "engine": manifest.engine,
        "classes": [entry.model_dump() for entry in manifest.classes],
        "miou": manifest.metrics.get("miou"),
    }


@router.get("/health", summary="Whether the server runs")
async def health() -> dict[str, str]:
    """No token needed."""
    return {"status": "ok"}


@router.get("/models", summary="All published models, newest first")
def models(desk: DeskOf) -> dict[str, Any]:
    """Id, name, classes and validation mIoU of each."""
    return {"models": [summary(manifest) for manifest in desk.library.manifests()]}


@router.get("/models/{model_id}", summary="One model with its manifest")
def model(model_id: str, desk: DeskOf) -> dict[str, Any]:
    """404 for an id that is not published."""
    manifest = desk.library.manifest(model_id)
    return summary(manifest) | {"manifest": manifest.model_dump(mode="json", by_alias=True)}


@router.post("/models/{model_id}/predict", openapi_extra=IMAGE_BODY, summary="Predict an image")
async def predict(model_id: str, request: Request, desk: DeskOf) -> dict[str, Any]:
    """Pixels and share of each class, and the mask as an index PNG in base64."""
    found = await desk.predict(model_id, request)
    return {
        "model": model_id,
        "width": found.width,
        "height": found.height,
        "seconds": found.seconds,
        "classes": [asdict(entry) for entry in found.classes],
        "mask": base64.b64encode(found.mask).decode(),
    }


@router.post(
    "/models/{model_id}/mask",
    openapi_extra=IMAGE_BODY,
    responses=PNG,
    response_class=Response,
    summary="An image's mask",
)
async def mask(model_id: str, request: Request, desk: DeskOf) -> Response:
    """An index PNG with the classes' palette, at the image's size."""
    found = await desk.predict(model_id, request)
    return Response(found.mask, media_type="image/png")


@router.post(
    "/models/{model_id}/overlay",
    openapi_extra=IMAGE_BODY,
    responses=PNG,
    response_class=Response,
    summary="An image with its mask over it",
)
async def overlay(
    model_id: str, request: Request, desk: DeskOf, opacity: Opacity = DEFAULT_OPACITY
) -> Response:
    """A PNG at the image's size; class 0 stays clear."""
    found = await desk.predict(model_id, request, opacity)
    return Response(found.overlay, media_type="image/png")
