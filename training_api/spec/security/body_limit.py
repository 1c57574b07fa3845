"""Bounds on a request's body: bytes by route, and time between two pieces."""

from __future__ import annotations

import asyncio
import contextlib

from training_api.spec.security.asgi import (
    App,
    Message,
    Receive,
    Refusal,
    Scope,
    Send,
    header_values,
    respond_refusal,
)
from training_api.spec.security.policy import Policy

DISCARDED = 64 << 20
DISCARD_SECONDS = 5.0
"""How much of a refused body is taken in and thrown away, and for how long."""


class BodyLimit:
    """Answers 413 or 408 instead of the application once a body breaks its bounds.

    The application then sees its client leave: frameworks turn errors raised while a body is read
    into answers of their own, so raising would not do.
    """

    def __init__(self, app: App, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._policy.body_limit(self._policy.inner_path(scope["path"]))
        refusal = _length_refusal(header_values(scope, b"content-length"), limit)
        if refusal is not None:
            await self._refuse(refusal, scope, receive, send)
            return
        body = _Body(receive, send, limit, self._policy.body_seconds)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if body.refusal is None:
                raise
        if body.refusal is not None and not body.started:
            await self._refuse(body.refusal, scope, receive, send)

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then take in some of the rest: most clients read no answer before they have sent
        all, and would see a broken connection instead."""

        async def keep_open(message: Message) -> None:
            await send({**message, "more_body": True} if "body" in message else message)

        await respond_refusal(keep_open, refusal)
        if not header_values(scope, b"expect"):  # such a client waits for the answer
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_discard(receive), DISCARD_SECONDS)
        await send({"type": "http.response.body", "body": b""})


async def _discard(receive: Receive) -> None:
    left = DISCARDED
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _length_refusal(lengths: list[str], limit: int) -> Refusal | None:
    for length in lengths:
        if not (length.isascii() and length.isdigit()):
            return Refusal(400, "bad_length", "The Content-Length header is not a number.")
        if int(length[:20]) > limit:
            return _too_large(limit)
    return None


def _too_large(limit: int) -> Refusal:
    shown = f"{limit >> 20} MB"
    return Refusal(413, "body_too_large", f"The request's body is larger than {shown}.")


class _Body:
    """One request's receive and send, counting."""

    def __init__(self, receive: Receive, send: Send, limit: int, seconds: float) -> None:
        self.refusal: Refusal | None = None
        self.started = False
        self._receive = receive
        self._send = send
        self._limit = limit
        self._seconds = seconds
        self._left = limit
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:  # what follows the body is the client's leaving; that may take long
            return await self._receive()
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds)
        except TimeoutError:
            return self._refuse(
                Refusal(408, "body_too_slow", "The rest of the request's body did not come.")
            )
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            return self._refuse(_too_large(self._limit))
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is not None and not self.started:
            return
        self.started = True
        await self._send(message)

    def _refuse(self, refusal: Refusal) -> Message:
        self.refusal = refusal
        return {"type": "http.disconnect"}
