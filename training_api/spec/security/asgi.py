"""The ASGI interface, as far as the checks need it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from training_api.spec.problem import PROBLEM_TYPE, problem_document

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Refusal(Exception):
    """A request that is not let in: HTTP status, stable code and a sentence with the remedy."""

    def __init__(self, status: int, code: str, detail: str, headers: Headers | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or []


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Refused",
    404: "Not found",
    405: "Method not allowed",
    408: "Request too slow",
    413: "Body too large",
    429: "Too many attempts",
}


def header_values(scope: Scope, name: bytes) -> list[str]:
    """All values of a request header, decoded as latin-1; `name` in lower case."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value; None if it is absent; the first if it is repeated."""
    values = header_values(scope, name)
    return values[0] if values else None


async def respond(
    send: Send, status: int, body: bytes, media_type: str, headers: Headers | None = None
) -> None:
    """Send a whole response and ask that nothing of it is stored."""
    head = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def respond_refusal(send: Send, refusal: Refusal) -> None:
    """Send a refusal as problem+json (RFC 9457) and close the connection."""
    title = _TITLES.get(refusal.status, "Refused")
    document = problem_document(refusal.status, refusal.code, refusal.detail, title=title)
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = [(b"connection", b"close"), *refusal.headers]
    await respond(send, refusal.status, body, PROBLEM_TYPE, headers)
