"""The installation: health, machine, catalogue."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from docker_sdk_api.catalogue import catalogue
from docker_sdk_api.measurements import Measurements
from docker_sdk_api.routes.parts import Here
from docker_sdk_api.schemas.system import Health, System
from docker_sdk_api.system.overview import overview
from docker_sdk_api.version import VERSION

router = APIRouter(tags=["system"])


@router.get("/health", response_model=Health)
async def get_health() -> dict[str, Any]:
    """Whether the server answers; needs no token."""
    return {"status": "ok", "version": VERSION}


@router.get("/system", response_model=System)
async def get_system(here: Here) -> dict[str, Any]:
    """Processors, memory, GPUs, engines, the queue, and what is missing."""
    checks = await here.runner.check()
    engine_problem = here.runner.engine_problem
    return await asyncio.to_thread(
        overview, here.home, here.store, here.gpus, here.settings, engine_problem, checks
    )


@router.get("/catalogue")
def get_catalogue(here: Here) -> dict[str, Any]:
    """Presets, engines, networks, losses, and the schema of the hyper-parameters."""
    measured = Measurements(here.home.measurements).all()
    return catalogue(measured, here.runner.engine_problem)
