"""The API with small agents in containers, killed at a step of a start.

`container_service.py FOLDER IMAGE STEP` prints its address once it serves. STEP is "" to live,
or where kill -9 comes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from docker_sdk_api.app import create_app
from docker_sdk_api.follower import Follower
from docker_sdk_api.home import Home
from docker_sdk_api.runners.docker_container import JobContainers
from tests.docker_engine import DockerEngine
from tests.faults.container_jobs import runner_in, small
from tests.unit.docker_sdk_api.at_hand import settings_for

STEPS = ("after the intent", "before the creation", "before the note", "before the start",
         "after the start", "before the handle")  # fmt: skip


def killed_before(function: Callable[..., Any]) -> Callable[..., Any]:
    """In place of `function`."""

    def fatal(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    return fatal


def killed_after(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, and then the end."""

    def fatal(*arguments: Any) -> Any:
        function(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    return fatal


def prepare(step: str) -> None:
    """Put the end where it is wanted; the container of the probe does not count."""
    places: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "after the intent": (Follower, "_prepare", killed_before),
        "before the creation": (JobContainers, "_created", killed_before),
        "before the note": (JobContainers, "_created", killed_after),
        "before the start": (JobContainers, "_started", killed_before),
        "after the start": (JobContainers, "_started", killed_after),
        "before the handle": (Follower, "_record_handle", killed_before),
    }
    if step:
        owner, name, fatal = places[step]
        setattr(owner, name, fatal(getattr(owner, name)))


async def main(folder: Path, image: str, step: str) -> None:
    """Serve until the end of this process."""
    prepare(step)
    settings = settings_for(folder)
    engine = DockerEngine(host=os.environ.get("DOCKER_HOST", ""), own=False)
    app = create_app(settings, runner_in(Home(settings.home), engine, image, small()))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with app.router.lifespan_context(app):
            config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="none")
            print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
