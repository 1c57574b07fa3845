"""GUI, orchestration and inference as one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from starlette.routing import Mount, Router

from training_api.spec.security import Policy, secured
from training_api.spec.security.asgi import App

if TYPE_CHECKING:
    from docker_sdk_api.settings import Settings


@asynccontextmanager
async def composed(
    settings: Settings, policy: Policy, *, pages: bool, admits: bool = True
) -> AsyncIterator[App]:
    """`/api/v1`, `/inference` and, with `pages`, the GUI at `/`, all behind `policy`.

    Holds the home while the context lives; starts no job without `admits`. Raises HomeInUse.
    """
    import docker_sdk_api.app
    import inference_api.app
    import inference_api.settings

    models = settings.home / "models"
    orchestration = docker_sdk_api.app.create_app(settings, admits=admits)
    inference = inference_api.app.create_app(inference_api.settings.Settings(models_dir=models))
    routes = [Mount("/api/v1", orchestration), Mount("/inference", inference)]
    async with AsyncExitStack() as stack:
        for app in (orchestration, inference):
            await stack.enter_async_context(app.router.lifespan_context(app))
        if pages:
            client = await stack.enter_async_context(_inside(Router(routes=routes)))
            import gui.app

            routes.append(Mount("/", gui.app.create_app(client, policy.prefix)))
        yield secured(Router(routes=routes), policy)


def _inside(app: Router) -> httpx.AsyncClient:
    """A client that calls `app` without a network; its requests were checked on their way in."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
