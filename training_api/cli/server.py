"""The HTTP server around our applications."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from sse_starlette.sse import AppStatus

from training_api.spec.security.asgi import App, Message, Receive, Scope, Send

STOP_SECONDS = 4
"""How long open requests may take to end once the server stops; then they are cut."""


class Server(uvicorn.Server):
    """uvicorn without signal handlers: what a signal means is the command's to say."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def serving(app: App, listener: socket.socket) -> AsyncIterator[Server]:
    """Answer requests on a bound socket while the context lives."""
    config = uvicorn.Config(
        _ending_streams(app),  # type: ignore[arg-type]
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield server
    finally:
        AppStatus.should_exit = True  # ends the live streams; they look at it twice a second
        server.should_exit = True
        await task
        AppStatus.should_exit = False


def _ending_streams(app: App) -> App:
    """`app`; a stream that the end of the server breaks off gets an orderly end."""

    async def ending(scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = message["type"] == "http.response.start" or message.get("more_body", False)
            await send(message)

        await app(scope, receive, noting)
        if begun and AppStatus.should_exit:
            await send({"type": "http.response.body", "body": b""})

    return ending
