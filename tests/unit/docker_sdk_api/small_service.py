"""The API with small agents on a free port, for tests that kill it: `small_service.py HOME`.

Prints its address once it serves.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from docker_sdk_api.app import create_app
from docker_sdk_api.home import Home
from docker_sdk_api.runners.local import LocalRunner
from tests.unit.docker_sdk_api.at_hand import SMALL_AGENT, settings_for


async def main(folder: Path) -> None:
    """Serve until the end of this process."""
    settings = settings_for(folder)
    command = [sys.executable, str(SMALL_AGENT), "train"]
    runner = LocalRunner(Home(settings.home).jobs, command=command)
    app = create_app(settings, runner)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with app.router.lifespan_context(app):
            config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="none")
            print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
