"""The browser application: `create_app(client)` gives an ASGI app to serve at `/`."""

from __future__ import annotations

from pathlib import Path

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from gui.error_pages import api_problem, api_unreachable, bad_request, http_error
from gui.headers import PageHeaders
from gui.pages import template_environment
from gui.problems import ApiProblem, ApiUnreachable
from gui.routes import ROUTERS

STATIC = Path(__file__).parent / "static"


class Assets(StaticFiles):
    """Our own files; browsers ask each time whether they changed, so an update shows at once."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(client: httpx.AsyncClient, prefix: str = "") -> FastAPI:
    """The pages; `client` reaches `/api/v1` and `/inference`, which get the browser's Host.

    `prefix` is the path under which a reverse proxy shows us (`/segsmith`), '' for none; a
    `root_path` given by the server counts the same. The browser takes streams, images and
    downloads from `/api/v1` under the same origin and prefix itself.
    """
    app = FastAPI(title="Segsmith", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.client = client
    app.state.prefix = prefix
    app.state.templates = template_environment()
    app.add_middleware(PageHeaders)
    app.add_exception_handler(ApiProblem, _shown(api_problem))
    app.add_exception_handler(ApiUnreachable, _shown(api_unreachable))
    app.add_exception_handler(HTTPException, _shown(http_error))
    app.add_exception_handler(RequestValidationError, _shown(bad_request))
    app.mount("/static", Assets(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    return app


def _shown(handler):  # type: ignore[no-untyped-def]
    """Starlette's handler type is wider than each handler's own exception."""

    async def handle(request: Request, error: Exception) -> Response:
        return handler(request, error)

    return handle
