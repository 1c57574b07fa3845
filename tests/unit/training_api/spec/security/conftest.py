"""A way to send one raw ASGI request, malformed ones included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from training_api.spec.security.asgi import App, Message

Pairs = list[tuple[str, str]]


@dataclass
class Answer:
    """A response; `reached` tells whether the application behind the checks saw the request."""

    status: int
    headers: dict[str, str]
    body: bytes
    reached: list[dict[str, Any]] = field(default_factory=list)

    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answer]


@pytest.fixture
def ask() -> Ask:
    """`ask(app, method, path, headers, pieces, client, query)`: run the app for one request."""

    def run(
        app: App,
        method: str = "GET",
        path: str = "/",
        headers: Pairs | None = None,
        pieces: list[bytes] | None = None,
        client: str | None = None,
        query: bytes = b"",
    ) -> Answer:
        given = [("host", "127.0.0.1:4200")] if headers is None else headers
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "root_path": "",
            "query_string": query,
            "client": client and (client, 50000),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given],
        }
        return asyncio.run(_exchange(app, scope, pieces or [b""]))

    return run


async def _exchange(app: App, scope: dict[str, Any], pieces: list[bytes]) -> Answer:
    sent: list[Message] = []
    waiting = list(pieces)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    headers = {key.decode().lower(): value.decode() for key, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(start["status"], headers, body)


class Echo:
    """An application that reads the body and answers 200 with the path and the body's length."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Message]], send: Any
    ) -> None:
        self.seen.append(f"{scope['method']} {scope['path']}")
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = json.dumps({"path": scope["path"], "size": size}).encode()
        headers = [(b"access-control-allow-origin", b"*"), (b"x-own", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def echo() -> Echo:
    return Echo()
