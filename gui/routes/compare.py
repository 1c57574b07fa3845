"""Two or more jobs side by side."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from gui.api import ApiOf
from gui.form_fields import as_text
from gui.model_names import model_names
from gui.pages import PagesOf

router = APIRouter()

MOST = 8


@router.get("/compare")
async def compare_page(
    api: ApiOf, pages: PagesOf, job: Annotated[list[str] | None, Query()] = None
) -> Response:
    """Learning curves, IoU per class and the settings that differ."""
    wanted = list(dict.fromkeys(job or []))[:MOST]
    jobs = await asyncio.gather(*(api.get("jobs", job_id) for job_id in wanted))
    parameters = (await api.get("catalogue"))["hyper_parameters"]["properties"]
    names = await model_names(api, jobs)
    return pages.show(
        "compare.html",
        jobs=jobs,
        classes=_class_rows(jobs),
        datasets=[job["dataset"]["name"] or "–" for job in jobs],
        differ=len({job["dataset"]["id"] for job in jobs}) > 1,
        settings=[
            (_title(path, parameters), [names.get(value, value) for value in values])
            for path, values in _differing([flat(job["spec"]) for job in jobs])
        ],
        epochs=sorted({event["epoch"] for job in jobs for event in job["validations"]}),
        curves=[{event["epoch"]: event["miou"] for event in job["validations"]} for job in jobs],
    )


def flat(value: Any, path: str = "") -> dict[str, str]:
    """{'a': {'b': 1}} → {'a.b': '1'}."""
    if isinstance(value, dict):
        parts = [flat(item, f"{path}.{name}" if path else name) for name, item in value.items()]
        return {name: text for part in parts for name, text in part.items()}
    return {path: ", ".join(map(str, value)) if isinstance(value, list) else as_text(value)}


def _differing(specs: list[dict[str, str]]) -> list[tuple[str, list[str]]]:
    """(spec path, each job's value) wherever two jobs differ; names and datasets stand above."""
    known = ("name", "dataset")
    paths = dict.fromkeys(path for spec in specs for path in spec if path not in known)
    rows = [(path, [spec.get(path, "–") for spec in specs]) for path in paths]
    return [(path, values) for path, values in rows if len(set(values)) > 1]


def _title(path: str, parameters: dict[str, Any]) -> str:
    """'hyper_parameters.epochs' → 'Epochs', 'network.options.backbone' → 'Network backbone'."""
    group, _, name = path.partition(".")
    if group == "hyper_parameters" and name in parameters:
        return str(parameters[name]["title"])
    words = [word for word in path.split(".") if word not in ("name", "options")]
    return " ".join(words).replace("_", " ").capitalize()


def _class_rows(jobs: list[dict[str, Any]]) -> list[tuple[str, list[float | None]]]:
    """Per class name, each job's IoU at its best epoch."""
    columns = []
    for job in jobs:
        best = job["best"]["epoch"] if job["best"] else None
        event = next((event for event in job["validations"] if event["epoch"] == best), None)
        values = event["iou"] if event else []
        columns.append(
            {entry["name"]: value for entry, value in zip(job["classes"], values, strict=False)}
        )
    names = dict.fromkeys(name for column in columns for name in column)
    return [(name, [column.get(name) for column in columns]) for name in names]
