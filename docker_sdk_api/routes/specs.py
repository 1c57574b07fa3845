"""Specs and names, before a job exists."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from docker_sdk_api.problems import problem_rows
from docker_sdk_api.routes.parts import Here, SpecBody, address_of, body_schema
from docker_sdk_api.schemas.job import EXAMPLE_SPEC, NameAnswer
from docker_sdk_api.schemas.problem import refusals
from docker_sdk_api.schemas.system import SpecAnswer
from docker_sdk_api.specs.notations import notations

router = APIRouter(tags=["specs"])


@router.post(
    "/specs/check",
    response_model=SpecAnswer,
    responses=refusals(422),
    openapi_extra=body_schema(EXAMPLE_SPEC),
)
def check_spec(data: SpecBody, here: Here, request: Request) -> dict[str, Any]:
    """Every problem of a spec, complete or not; starts nothing."""
    report = here.checker.check(data)
    folder = str(data.get("dataset", ""))
    if here.datasets.has_version(folder):
        folder = str(here.datasets.place(here.datasets.version(folder)))
    url = here.settings.public_url or address_of(request)
    return {
        "ok": report.spec is not None,
        "spec": report.spec.document() if report.spec else None,
        "problems": problem_rows(report.problems),
        "warnings": problem_rows([*report.warnings]),
        "as": notations(data, report.spec, folder, url, needs_token=here.settings.needs_token),
    }


@router.get("/job-names/{name:path}", response_model=NameAnswer)
def check_name(name: str, here: Here) -> dict[str, Any]:
    """Whether a new job can be called so."""
    problems = here.name_problems(name)
    return {"available": not problems, "message": problems[0].message if problems else ""}
