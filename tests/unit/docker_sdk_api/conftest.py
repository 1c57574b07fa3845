"""A home with a migrated database, and an API over it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.app import create_server
from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import upgrade
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from tests.unit.docker_sdk_api.at_hand import save_version, settings_for
from tests.unit.docker_sdk_api.supervised import Running


@pytest.fixture(autouse=True)
def _engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines count as installed; no test here starts one."""
    for name in ("TORCH", "GLUONCV"):
        monkeypatch.setenv(f"SEGSMITH_{name}_PYTHON", sys.executable)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that wait for nothing."""
    return settings_for(tmp_path)


@pytest.fixture
def home(settings: Settings) -> Home:
    """An empty home with one dataset version."""
    home = Home(settings.home)
    home.create()
    save_version(home)
    return home


@pytest.fixture
def store(home: Home) -> Iterator[JobStore]:
    """Jobs in a migrated database."""
    database = Database(home.database)
    upgrade(database)
    yield JobStore(database)
    database.close()


@pytest.fixture
def runner() -> FakeRunner:
    """Pretends attempts."""
    return FakeRunner()


@pytest.fixture
async def api(
    settings: Settings, home: Home, runner: FakeRunner
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with a fake runner."""
    server = create_server(settings, runner)
    async with server.router.lifespan_context(server):
        transport = httpx.ASGITransport(server)
        base = "http://segsmith/api/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            yield client


@pytest.fixture
async def orchestrator(
    settings: Settings, home: Home, runner: FakeRunner
) -> AsyncIterator[Orchestrator]:
    """A running orchestrator without HTTP."""
    async with Orchestrator(settings, runner) as running:
        yield running


@pytest.fixture
async def running(home: Home, store: JobStore, runner: FakeRunner, settings: Settings) -> Any:
    running = Running(home, store, runner, settings)
    await running.supervisor.start()
    yield running
    await running.supervisor.stop()
