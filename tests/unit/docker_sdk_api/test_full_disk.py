from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.app import create_server
from docker_sdk_api.home import Home
from docker_sdk_api.runners.fake import FakeRunner
from tests.unit.docker_sdk_api.at_hand import save_version, settings_for
from tests.unit.docker_sdk_api.test_submission import spec


@asynccontextmanager
async def another(folder: Path, **changes: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Home]]:
    """An API of its own with other settings."""
    settings = settings_for(folder, **changes)
    home = Home(settings.home)
    home.create()
    save_version(home)
    server = create_server(settings, FakeRunner())
    transport = httpx.ASGITransport(server)
    async with (
        server.router.lifespan_context(server),
        httpx.AsyncClient(transport=transport, base_url="http://s/api/v1") as client,
    ):
        yield client, home


async def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    async with another(tmp_path / "full", disk_reserve=1 << 60) as (client, home):
        answer = await client.post("/jobs", json=spec())
    assert answer.status_code == 507
    assert answer.json()["code"] == "disk_full"
    assert "MB are needed" in answer.json()["detail"]
    assert list(home.jobs.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace", "rename", "mkdir", "open"])
async def test_a_disk_that_is_full_at_any_step(
    api: httpx.AsyncClient, home: Home, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The n-th call fails, for every n: an answer of 507, and nothing of a job is left."""
    real = getattr(os, call)
    for failing in range(1, 50):
        count = 0

        def spoilt(path: Any, *rest: Any, failing: int = failing, **named: Any) -> Any:
            nonlocal count
            ours = call == "fsync" or ".new-" in str(path)
            count += ours
            if ours and count == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(path, *rest, **named)

        monkeypatch.setattr(os, call, spoilt)
        answer = await api.post("/jobs", json=spec(f"attempt {failing}"))
        monkeypatch.setattr(os, call, real)
        if answer.status_code == 201:
            break
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert list(home.jobs.iterdir()) == []
        assert (await api.get("/jobs")).json()["jobs"] == []
    assert answer.status_code == 201
    assert failing > 1, f"os.{call} is not called"
    assert len(list(home.jobs.iterdir())) == 1


async def test_a_full_database(tmp_path: Path) -> None:
    async with another(tmp_path / "full") as (client, home):
        server: Any = client._transport
        orchestrator = server.app.routes[-1].app.state.orchestrator
        await client.post("/queue/pause")
        with orchestrator.database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(200):
            answer = await client.post("/jobs", json=spec(f"{number} {'x' * 70}"))
            if answer.status_code != 201:
                break
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert len(list(home.jobs.iterdir())) == number
        with orchestrator.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert (await client.post("/jobs", json=spec("space again"))).status_code == 201


async def test_the_curl_form_has_the_address_that_was_asked(api: httpx.AsyncClient) -> None:
    async def asked(**headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        found = (await api.post("/specs/check", json=spec(), headers=named)).json()
        return str(found["as"]["curl"].split()[3])

    assert await asked() == "http://segsmith/api/v1/jobs"
    assert await asked(host="192.168.7.5:4200") == "http://192.168.7.5:4200/api/v1/jobs"
    through = {"x_forwarded_host": "lab.example", "x_forwarded_proto": "https"}
    assert await asked(**through) == "https://lab.example/api/v1/jobs"
    below = await asked(**through, x_forwarded_prefix="/seg")
    assert below == "https://lab.example/seg/api/v1/jobs"
    assert await asked(x_forwarded_host="a'; rm") == """'http://a'"'"';"""


async def test_settings_reach_the_curl_form(tmp_path: Path) -> None:
    changes = {"public_url": "https://seg.example/x/", "needs_token": True}
    async with another(tmp_path / "public", **changes) as (client, _):
        found = (await client.post("/specs/check", json=spec())).json()
    assert "https://seg.example/x/api/v1/jobs" in found["as"]["curl"]
    assert "$SEGSMITH_TOKEN" in found["as"]["curl"]
