"""Pages and the API in memory on one origin, as `segsmith serve` composes the real ones."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from gui.app import create_app
from tests.unit.gui.fake_api import FakeApi


def one_origin(api: FakeApi) -> ASGIApp:
    """An application for a real port."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")
    pages = create_app(client)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        to_api = scope["type"] == "http" and scope["path"].startswith(("/api/", "/inference/"))
        await (api.app if to_api else pages)(scope, receive, send)

    return app
