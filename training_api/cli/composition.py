"""GUI, orchestration and inference as one application, or each as one of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route, Router

from training_api.cli.api import Unreachable
from training_api.cli.forward import Forward
from training_api.spec.security import Policy, secured
from training_api.spec.security.asgi import App

if TYPE_CHECKING:
    from fastapi import FastAPI

    from docker_sdk_api.settings import Settings

ORCHESTRATION = "/api/v1"
INFERENCE = "/inference"


@asynccontextmanager
async def composed(
    settings: Settings, policy: Policy, *, pages: bool, admits: bool = True
) -> AsyncIterator[App]:
    """`/api/v1`, `/inference` and, with `pages`, the GUI at `/`, all behind `policy`.

    Holds the home while the context lives; starts no job without `admits`. Raises HomeInUse, and
    Unreachable in the image of one part.
    """
    require_parts("docker_sdk_api", "inference_api", *(["gui"] if pages else []))
    mounts = [
        Mount(ORCHESTRATION, orchestration := _orchestration(settings, admits=admits)),
        Mount(INFERENCE, inference := _inference(settings)),
    ]
    async with AsyncExitStack() as stack:
        for app in (orchestration, inference):
            await stack.enter_async_context(app.router.lifespan_context(app))
        routes = await _with_pages(mounts, policy, stack) if pages else mounts
        yield secured(Router(routes=[HEALTH, *routes]), policy)


def require_parts(*names: str) -> None:
    """Raise Unreachable unless all these packages are here; an image may have one part alone."""
    for name in names:
        if find_spec(name) is None:
            raise Unreachable(
                f"No service runs here, and without {name} this part of Segsmith cannot be one. "
                "Start all parts with the compose file in run/, or in the image of docker_sdk_api "
                "that part alone with `segsmith serve --part orchestration`."
            )


@asynccontextmanager
async def gui_part(orchestration: str, inference: str, policy: Policy) -> AsyncIterator[App]:
    """The GUI, with what belongs to the other parts forwarded to these addresses.

    The policy's token is the one that they ask for.
    """
    forwards = [
        (ORCHESTRATION, Forward("orchestration API", orchestration, policy)),
        (INFERENCE, Forward("inference API", inference, policy)),
    ]
    async with AsyncExitStack() as stack:
        for _, forward in forwards:
            stack.push_async_callback(forward.aclose)
        mounts = [Mount(path, forward) for path, forward in forwards]
        routes = await _with_pages(mounts, policy, stack)
        yield secured(Router(routes=[HEALTH, *routes]), policy)


@asynccontextmanager
async def orchestration_part(settings: Settings, policy: Policy) -> AsyncIterator[App]:
    """`/api/v1` alone. Holds the home while the context lives. Raises HomeInUse."""
    app = _orchestration(settings, admits=True)
    async with app.router.lifespan_context(app):
        yield secured(Router(routes=[HEALTH, Mount(ORCHESTRATION, app)]), policy)


@asynccontextmanager
async def inference_part(settings: Settings, policy: Policy) -> AsyncIterator[App]:
    """`/inference` alone, with the home's published models."""
    app = _inference(settings)
    async with app.router.lifespan_context(app):
        yield secured(Router(routes=[HEALTH, Mount(INFERENCE, app)]), policy)


def _orchestration(settings: Settings, *, admits: bool) -> FastAPI:
    import docker_sdk_api.app

    return docker_sdk_api.app.create_app(settings, admits=admits)


def _inference(settings: Settings) -> FastAPI:
    import inference_api.app
    import inference_api.settings

    models = settings.home / "models"
    return inference_api.app.create_app(inference_api.settings.Settings(models_dir=models))


async def _with_pages(
    mounts: list[Mount], policy: Policy, stack: AsyncExitStack
) -> list[BaseRoute]:
    """`mounts`, and the GUI for all else; it calls them without a network, checked already."""
    import gui.app

    transport = httpx.ASGITransport(app=Router(routes=mounts), raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
    await stack.enter_async_context(client)
    return [*mounts, Mount("/", gui.app.create_app(client, policy.prefix))]


async def _health(request: Request) -> PlainTextResponse:
    """That this process answers; it needs no token and tells no more."""
    return PlainTextResponse("ok\n")


HEALTH = Route("/health", _health)
