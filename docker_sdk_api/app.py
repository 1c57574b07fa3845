"""The orchestration API: `create_app(settings)`, to be mounted under /api/v1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.problems import add_problem_handlers
from docker_sdk_api.routes import (
    agents,
    datasets,
    job_files,
    jobs,
    models,
    profiles,
    specs,
    streams,
    system,
    weights,
)
from docker_sdk_api.runners.base import Runner
from docker_sdk_api.settings import Settings
from docker_sdk_api.version import VERSION
from training_api.spec.kinds import KINDS

PREFIX = "/api/v1"

_ROUTERS = (
    system.router,
    datasets.router,
    specs.router,
    streams.router,  # before jobs: /jobs/stream is no job
    jobs.router,
    job_files.router,
    agents.router,
    models.router,
    weights.router,
    profiles.router,
)


def create_app(settings: Settings, runner: Runner | None = None, *, admits: bool = True) -> FastAPI:
    """The application; its lifespan holds the home's lock and runs the supervisor.

    Routes have no prefix: mount it under PREFIX and enter its lifespan yourself, or use
    `create_server`. `runner` replaces the local one; with `admits` false no queued job is started.
    """
    orchestrator = Orchestrator(settings, runner, admits=admits)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with orchestrator:
            yield

    app = FastAPI(
        title="Segsmith",
        summary="Train, watch, test and ship semantic-segmentation models.",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.orchestrator = orchestrator
    add_problem_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    _describe_spec(app)
    return app


def create_server(settings: Settings, runner: Runner | None = None) -> FastAPI:
    """The API by itself, under PREFIX, for a port of its own."""
    api = create_app(settings, runner)

    @asynccontextmanager
    async def lifespan(server: FastAPI) -> AsyncIterator[None]:
        async with api.router.lifespan_context(api):
            yield

    server = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    server.mount(PREFIX, api)
    return server


def _describe_spec(app: FastAPI) -> None:
    """Put the specs among the schemas: routes read them themselves, to tell all problems."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for kind in KINDS:
            spec = kind.Document.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(spec.pop("$defs", {}))
            schemas[kind.Document.__name__] = spec
        return document

    app.openapi = openapi  # type: ignore[method-assign]
