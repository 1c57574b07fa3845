"""Models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from docker_sdk_api.schemas.dataset import ClassName
from docker_sdk_api.schemas.job import DatasetName


class ModelView(BaseModel):
    """A published model; `exports` are the formats that it can be had in."""

    id: str
    name: str
    job_id: str
    created: str
    engine: str
    network: str | None
    backbone: str | None
    dataset: DatasetName
    miou: float | None
    iou: dict[str, float | None]
    classes: list[ClassName]
    size_bytes: int
    exports: list[str]


class ModelDetail(ModelView):
    """A model with its whole manifest."""

    manifest: dict[str, Any]


class ModelList(BaseModel):
    """All models, newest first."""

    models: list[ModelView]
