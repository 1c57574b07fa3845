"""The first page of a GUI whose API is gone."""

from __future__ import annotations

import httpx

from gui.app import create_app


async def page_without_service() -> httpx.Response:
    """What it answers while nobody listens at the API's address."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://api")
    transport = httpx.ASGITransport(create_app(client))
    async with httpx.AsyncClient(transport=transport, base_url="http://segsmith") as pages:
        return await pages.get("/")
