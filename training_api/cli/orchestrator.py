"""The orchestrator that a command speaks to: the running service, or one of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from training_api.cli.api import Api, Refused, Unreachable
from training_api.spec.errors import Corrupt, NotFound
from training_api.spec.files import read_json

STARTING_SECONDS = 10.0
"""How long the process that holds the home may take until it answers."""


@dataclass(frozen=True)
class Announcement:
    """Where an orchestrator of this user answers, and the token that it asks for."""

    url: str
    token: str | None


@asynccontextmanager
async def orchestrator(home: Path, *, own: bool = True, admits: bool = True) -> AsyncIterator[Api]:
    """The API of the home's orchestrator.

    Without a running one, this process takes the home's lock and is it while the context lives;
    with `admits` false it starts no queued job. Raises Unreachable if that is not wanted (`own`)
    or a part of Segsmith is missing for it, HomeInUse if another process holds the home and does
    not answer.
    """
    async with AsyncExitStack() as stack:
        service = await running_service(home)
        if service is None and not own:
            raise Unreachable(f"No service runs for {home}. Start one with `segsmith serve`.")
        if service is None:
            service = await _own_or_starting(home, stack, admits)
        yield await stack.enter_async_context(Api(service.url, service.token))


async def _own_or_starting(home: Path, stack: AsyncExitStack, admits: bool) -> Announcement:
    """Become the orchestrator, or wait for the one that has just taken the lock."""
    from training_api.cli.composition import require_parts

    require_parts("docker_sdk_api", "inference_api")
    from docker_sdk_api.home import HomeInUse
    from training_api.cli.own_orchestrator import own_orchestrator

    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            return await stack.enter_async_context(own_orchestrator(home, admits=admits))
        except HomeInUse:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)
        service = await running_service(home)
        if service is not None:
            return service


async def running_service(home: Path) -> Announcement | None:
    """The service that service.json names, if it answers; a killed one leaves the file behind."""
    try:
        document = read_json(home / "service.json")
        service = Announcement(document["url"], document["token"])
    except (NotFound, Corrupt, KeyError, TypeError):
        return None
    try:
        async with Api(service.url, service.token) as api:
            system = await api.get("system")
    except (Unreachable, Refused):
        return None
    # Another home's service may have got the port of one that was killed.
    return service if Path(system["home"]).resolve() == home.resolve() else None
