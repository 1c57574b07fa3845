"""Hands requests on to another part of the service, piece by piece in both directions."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
from sse_starlette.sse import AppStatus

from training_api.cli.forward_headers import request_headers, response_headers
from training_api.spec.errors import SegsmithError
from training_api.spec.problem import PROBLEM_TYPE, RETRY_SECONDS, problem_document
from training_api.spec.security import Policy
from training_api.spec.security.asgi import Receive, Scope, Send, header_values, respond

log = logging.getLogger(__name__)

ANSWER_SECONDS = 300.0
"""Longest silence of the other part: a prediction may take that long, live streams beat."""
LOOK_SECONDS = 0.5
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=2.0)
_PLAIN = "/!$&'()*+,;=:@-._~"
"""Marks that a path may hold as they are (RFC 3986, 3.3)."""


class PartUnreachable(SegsmithError):
    """The other part does not answer, or not to us."""

    code = "part_unreachable"
    status = 503


class TokenMismatch(PartUnreachable):
    """The other part has another token than we."""

    code = "token_mismatch"


class SenderLeft(Exception):
    """The browser has gone, or may not send more."""


class Forward:
    """An application that asks `url` (`http://host:port`) for what it is asked itself.

    The other part sees the path below `policy`'s prefix, the policy's token instead of what the
    browser sent, and the end of its stream when the browser leaves. 503 if it does not answer.
    """

    def __init__(self, name: str, url: str, policy: Policy) -> None:
        self._name = name
        self._url = httpx.URL(url)
        self._policy = policy
        # The parts are beside each other: no proxy of the environment may get between.
        self._client = httpx.AsyncClient(
            limits=_LIMITS, timeout=httpx.Timeout(ANSWER_SECONDS, connect=5.0), trust_env=False
        )

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(scope, receive, send)
        ends = (self._work(exchange), exchange.sender_leaves(), exchange.server_ends())
        tasks = [asyncio.create_task(end) for end in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not tasks[0].cancelled():
            tasks[0].result()

    async def _work(self, exchange: _Exchange) -> None:
        try:
            response = await self._ask(self._request(exchange))
        except SenderLeft:
            return
        except PartUnreachable as error:
            log.warning("%s", error.message)
            await exchange.refuse(error)
            return
        try:
            await exchange.answer(response, self._url.netloc.decode(), self._policy.prefix)
        finally:
            await response.aclose()

    def _request(self, exchange: _Exchange) -> httpx.Request:
        """The path is quoted anew from what our own checks have read, never taken as it came."""
        scope, policy = exchange.scope, self._policy
        target = quote(policy.inner_path(scope["path"]), safe=_PLAIN).encode()
        query = scope["query_string"]
        request = httpx.Request(
            scope["method"],
            self._url,
            headers=request_headers(scope, policy),
            content=exchange.pieces() if exchange.has_body else None,
            extensions={"target": target + (b"?" + query if query else b"")},
        )
        request.extensions["timeout"] = self._client.timeout.as_dict()
        return request

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises PartUnreachable, TokenMismatch."""
        where = f"The {self._name} at {self._url.netloc.decode()}"
        try:
            response = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise PartUnreachable(
                f"{where} does not answer ({type(error).__name__}). Running jobs go on without "
                "it. See whether it runs, and what its log says."
            ) from error
        if response.status_code == 401:
            await response.aclose()
            raise TokenMismatch(
                f"{where} asks for another token. Give all parts the same token file and start "
                "them again."
            )
        return response


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.has_body = any(
            header_values(scope, name) for name in (b"content-length", b"transfer-encoding")
        )
        self._receive = receive
        self._send = send
        self._body_taken = asyncio.Event()
        self._is_stream = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises SenderLeft when the rest does not come."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise SenderLeft
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._body_taken.set()

    async def sender_leaves(self) -> None:
        """Returns when the browser has closed the connection."""
        if self.has_body:
            await self._body_taken.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def server_ends(self) -> None:
        """Returns when this server stops and the answer is a stream that would not end itself."""
        while not (self._is_stream and AppStatus.should_exit):
            await asyncio.sleep(LOOK_SECONDS)

    async def answer(self, response: httpx.Response, upstream: str, prefix: str) -> None:
        """Pass the answer of `upstream` (`host:port`) on."""
        headers = response_headers(response.headers.raw, upstream, prefix)
        kind = response.headers.get("content-type", "")
        self._is_stream = kind.startswith("text/event-stream")
        start = {"type": "http.response.start", "status": response.status_code}
        await self._send({**start, "headers": headers})
        try:
            async for piece in response.aiter_raw():
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx.HTTPError as error:
            log.warning("%s broke off an answer: %r", upstream, error)
            if not self._is_stream:  # an end in good order would pass half a file off as a whole
                raise
        await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: PartUnreachable) -> None:
        """Say as problem+json why there is no answer."""
        title = "A part of the service does not answer"
        document = problem_document(error.status, error.code, error.message, title=title)
        body = json.dumps(document).encode()
        again = [(b"retry-after", str(RETRY_SECONDS).encode())]
        await respond(self._send, error.status, body, PROBLEM_TYPE, again)
