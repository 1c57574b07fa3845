"""A part of the service that tells what it was asked, for tests of forwarding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router

from training_api.spec.security import Policy, secured

TOKEN = "0123456789abcdef0123"
PIECE = bytes(1 << 16)


@dataclass
class Behind:
    """The other part, and what it noticed."""

    pieces: int = 0
    uploads_broken: int = 0
    streams_open: int = 0

    def app(self) -> Any:
        routes = [
            Route("/echo/{rest:path}", self.echo, methods=["GET", "POST", "DELETE"]),
            Route("/upload", self.upload, methods=["POST"]),
            Route("/live", self.live),
            Route("/file", self.file),
            Route("/broken", self.broken),
            Route("/moved", self.moved),
        ]
        inner = Router(routes=[Mount("/api/v1", Starlette(routes=routes))])
        return secured(inner, Policy(TOKEN))

    async def echo(self, request: Request) -> Response:
        shown = {
            "method": request.method,
            "path": request.scope["path"],
            "query": request.scope["query_string"].decode(),
            "headers": [[k.decode(), v.decode()] for k, v in request.headers.raw],
            "body": (await request.body()).decode(),
        }
        answer = JSONResponse(shown, 201, {"ETag": '"1"', "Keep-Alive": "9", "Connection": "x-hop"})
        answer.headers["X-Hop"] = "1"
        answer.set_cookie("theirs", "1")
        return answer

    async def upload(self, request: Request) -> Response:
        size = 0
        try:
            async for piece in request.stream():
                size += len(piece)
                self.pieces += bool(piece)
        except ClientDisconnect:
            self.uploads_broken += 1
            raise
        return JSONResponse({"size": size, "length": request.headers.get("content-length")})

    async def live(self, request: Request) -> Response:
        async def events() -> AsyncIterator[dict[str, str]]:
            self.streams_open += 1
            try:
                number = int(request.headers.get("last-event-id", "0"))
                while True:
                    number += 1
                    yield {"id": str(number), "data": f"line {number}"}
                    await asyncio.sleep(0.05)
            finally:
                self.streams_open -= 1

        return EventSourceResponse(events())

    async def file(self, request: Request) -> Response:
        first, last = request.headers["range"].removeprefix("bytes=").split("-")
        part = bytes(range(256))[int(first) : int(last) + 1]
        headers = {"Content-Range": f"bytes {first}-{last}/256"}
        return Response(part, 206, headers, "application/octet-stream")

    async def moved(self, request: Request) -> Response:
        return RedirectResponse(f"http://{request.url.netloc}/api/v1/echo/there?a=1")

    async def broken(self, request: Request) -> Response:
        async def half() -> AsyncIterator[bytes]:
            yield PIECE
            raise RuntimeError("the part dies here")

        return StreamingResponse(half(), media_type="application/zip")
