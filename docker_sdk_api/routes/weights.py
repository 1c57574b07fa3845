"""What trainings can start from: list, fetch."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from docker_sdk_api.routes.parts import Here
from docker_sdk_api.schemas.problem import refusals
from docker_sdk_api.schemas.weights import FetchAnswer, WeightsFile, WeightsList
from docker_sdk_api.weights.first import target_of
from training_api.networks import network_for
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.initial import Target

router = APIRouter(tags=["weights"])


@router.get("/weights", response_model=WeightsList, responses=refusals(422))
def get_weights(
    here: Here,
    engine: EngineName | None = None,
    network: Annotated[str | None, Query(max_length=64)] = None,
    options: Annotated[str, Query(max_length=2000, examples=['{"backbone": "resnet18"}'])] = "{}",
) -> dict[str, Any]:
    """All weights, or with `engine`, `network` and its `options` (JSON) those that fit it.

    Of the backbones that fit the first is the one that `imagenet` without a name means.
    """
    target = _target(engine, network, options) if engine and network else None
    return here.weights.all(target)


def _target(engine: EngineName, network: str, options: str) -> Target:
    """Raises InvalidSpec."""
    try:
        values = json.loads(options)
    except (ValueError, RecursionError) as error:
        raise InvalidSpec("options: is not valid JSON.", field="options") from error
    if not isinstance(values, dict):
        raise InvalidSpec("options: must be a JSON object, {…}.", field="options")
    return target_of(network_for(engine, network, values))


@router.get("/weights/{weights_id}", response_model=WeightsFile, responses=refusals(404))
def get_one(weights_id: str, here: Here) -> dict[str, Any]:
    """One published file."""
    return here.weights.one(weights_id)


@router.post(
    "/weights/{weights_id}/fetch", response_model=FetchAnswer, responses=refusals(404, 507)
)
def fetch_weights(weights_id: str, here: Here, response: Response) -> dict[str, Any]:
    """Bring a file to this machine, by the job that is at it or by a new one (201)."""
    job, new = here.weights.fetch(weights_id)
    if job is None:
        return {"present": True, "job": None}
    if new:
        response.status_code = 201
    return {"present": False, "job": here.views.one(job.id)}
