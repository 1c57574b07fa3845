"""The pages over the API in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gui.app import create_app
from tests.unit.gui.fake_api import FakeApi


@pytest.fixture
def api() -> FakeApi:
    """One job in each state, four datasets, three models."""
    return FakeApi()


@pytest.fixture
async def pages(api: FakeApi) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without script."""
    async with client_of(api) as client:
        yield client


def client_of(api: FakeApi, prefix: str = "", root_path: str = "") -> httpx.AsyncClient:
    """A client of the pages; `prefix` is what they are told, `root_path` what the server says."""
    inner = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")
    transport = httpx.ASGITransport(create_app(inner, prefix), root_path=root_path)
    return httpx.AsyncClient(transport=transport, base_url="http://segsmith")
