"""Datasets: list, check, look at."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from docker_sdk_api.datasets.preview import Kind, size_at_least
from docker_sdk_api.datasets.view import scan_view, summary, version_view
from docker_sdk_api.routes.parts import Here
from docker_sdk_api.schemas.dataset import DatasetSummary, ScanView, SplitCounts
from docker_sdk_api.schemas.problem import refusals
from training_api.spec.errors import NotFound
from training_api.spec.job import Split
from training_api.spec.split import planned_counts

router = APIRouter(tags=["datasets"])


@router.get("/datasets", response_model=list[DatasetSummary])
def get_datasets(here: Here) -> list[dict[str, Any]]:
    """All datasets, with the outcome of their last check."""
    return [summary(here.datasets, folder) for folder in here.datasets.folders()]


@router.post("/datasets/{name}/check", response_model=ScanView, responses=refusals(404, 422))
def check_dataset(name: str, here: Here) -> dict[str, Any]:
    """Read a dataset and list all its problems; at once if nothing changed since the last time."""
    return scan_view(here.datasets, here.datasets.check(name))


@router.get("/datasets/{name}", response_model=ScanView, responses=refusals(404))
def get_dataset(name: str, here: Here) -> dict[str, Any]:
    """The last check."""
    check = here.datasets.last_check(here.datasets.folder(name))
    if check is None:
        raise NotFound(f"Dataset '{name}' was not checked since it changed. Check it first.")
    return scan_view(here.datasets, check)


@router.get("/dataset-versions/{version_id}", response_model=ScanView, responses=refusals(404))
def get_version(version_id: str, here: Here) -> dict[str, Any]:
    """A dataset version."""
    return version_view(here.datasets.version(version_id))


@router.get(
    "/dataset-versions/{version_id}/preview/{stem}.png",
    response_class=FileResponse,
    responses=refusals(404, 422),
)
def get_preview(
    version_id: str,
    stem: str,
    here: Here,
    kind: Kind = "overlay",
    size: Annotated[int, Query(ge=16, le=1024)] = 320,
) -> FileResponse:
    """A picture of one sample; `size` is its longest side in pixels, raised to a usual one."""
    version = here.datasets.version(version_id)
    path = here.datasets.preview_path(version, stem, kind, size_at_least(size))
    return FileResponse(
        path, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"}
    )


@router.get(
    "/dataset-versions/{version_id}/split",
    response_model=SplitCounts,
    responses=refusals(404, 422),
)
def get_split(
    version_id: str,
    here: Here,
    training_percent: Annotated[int, Query(ge=1, le=99)] = 80,
    use_dataset_split: bool = True,
    seed: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """How many images a split gives to each side; the seed decides only which.

    `brought` says whether the dataset brings a split, `own` whether that is the one.
    """
    version = here.datasets.version(version_id)
    how = Split(training_percent=training_percent, use_dataset_split=use_dataset_split)
    training, validation = planned_counts(version, how)
    brought = version.has_split
    own = use_dataset_split and brought
    return {"training": training, "validation": validation, "brought": brought, "own": own}
