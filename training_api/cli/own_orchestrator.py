"""An orchestrator in this very process, for a command that finds no service."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from training_api.cli.api import Api
from training_api.cli.composition import composed
from training_api.cli.orchestrator import Announcement
from training_api.cli.server import serving
from training_api.spec.directory import JobDirectory
from training_api.spec.security import Policy
from training_api.spec.states import ACTIVE

LOOK_SECONDS = 10.0


@asynccontextmanager
async def own_orchestrator(home: Path, *, admits: bool) -> AsyncIterator[Announcement]:
    """Orchestrate `home` while the context lives, on a free loopback port and behind a token.

    It is announced as any service is, so that other commands find it. Raises HomeInUse.
    """
    from docker_sdk_api.home import Home
    from docker_sdk_api.settings import Settings

    settings = Settings.from_environment().model_copy(update={"home": home})
    token = secrets.token_urlsafe(32)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            composed(settings, Policy(token=token), pages=False, admits=admits) as app,
            serving(app, listener),
        ):
            with Home(home).announced(url, token):
                await _up_to_date(home, url, token)
                yield Announcement(url, token)


async def _up_to_date(home: Path, url: str, token: str) -> None:
    """Wait until jobs that ended while nobody looked are known to have ended."""
    deadline = time.monotonic() + LOOK_SECONDS
    async with Api(url, token) as api:
        while time.monotonic() < deadline:
            jobs = (await api.get("jobs", state=[*ACTIVE], limit=200))["jobs"]
            if not any(_has_result(home, job) for job in jobs):
                return
            await asyncio.sleep(0.1)


def _has_result(home: Path, job: dict[str, Any]) -> bool:
    attempt = JobDirectory(home / "jobs" / job["id"]).attempt(job["attempt"])
    return attempt.result_path.exists()
