"""What a training takes on this machine: measured by a few of its steps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from docker_sdk_api.routes.parts import Here, SpecBody, body_schema
from docker_sdk_api.schemas.job import EXAMPLE_SPEC
from docker_sdk_api.schemas.problem import refusals
from docker_sdk_api.schemas.profile import ProfileAnswer

router = APIRouter(tags=["profiles"])


@router.post(
    "/profiles",
    response_model=ProfileAnswer,
    responses=refusals(422, 507),
    openapi_extra=body_schema(EXAMPLE_SPEC),
)
def ask_profile(data: SpecBody, here: Here, response: Response) -> dict[str, Any]:
    """Time and memory of a training, from what is kept or by a job that measures (202).

    Ask again until it is measured.
    """
    answer = here.profiles.ask(data, start=True)
    if answer["state"] in ("waiting", "measuring"):
        response.status_code = 202
    return answer


@router.post(
    "/profiles/known",
    response_model=ProfileAnswer,
    responses=refusals(422),
    openapi_extra=body_schema(EXAMPLE_SPEC),
)
def ask_known_profile(data: SpecBody, here: Here) -> dict[str, Any]:
    """The same, and starts nothing."""
    return here.profiles.ask(data, start=False)


@router.get("/profiles/{profile_id}", response_model=ProfileAnswer, responses=refusals(404))
def get_profile(
    profile_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], here: Here
) -> dict[str, Any]:
    """The same by the id of an earlier answer, for the hyper-parameters asked with first."""
    return here.profiles.look(profile_id)
