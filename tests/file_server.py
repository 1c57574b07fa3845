"""A host of files that behaves as badly as hosts do, on a free port of this machine."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PIECE = 1 << 14


@dataclass
class Host:
    """`files` by path. Each answer takes the next of `conducts`, the last of them for good.

    A conduct is a status to answer with, or the number of bytes after which the connection is cut,
    as `Cut(bytes)`; None is an answer without fault. `requests` are the Range headers that came.
    """

    files: dict[str, bytes]
    conducts: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)  # of every answer
    versioned: bool = True  # names an ETag
    ranges: bool = True  # answers requests for a part
    hold: threading.Event | None = None  # waited for after the first piece
    requests: list[str | None] = field(default_factory=list)
    url: str = ""

    def next_conduct(self) -> Any:
        """How to answer now."""
        return self.conducts.pop(0) if self.conducts else None


@dataclass(frozen=True)
class Cut:
    """The connection ends after so many bytes of the body."""

    after: int


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """The host, with its `url`, while the context lives."""

    class Handler(_Handler):
        shown = host

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield host
    finally:
        if host.hold is not None:
            host.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    shown: Host
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = self.shown
        host.requests.append(self.headers["Range"])
        conduct = host.next_conduct()
        content = host.files.get(self.path.lstrip("/"))
        if isinstance(conduct, int):
            return self._answer(conduct, b"busy", {"Retry-After": "0"})
        if content is None:
            return self._answer(404, b"no such file", {})
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        start = self._start(tag)
        extra = {"ETag": tag} if host.versioned else {}
        if start is None:
            return self._answer(200, content, extra, conduct)
        if start >= len(content):
            return self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        extra["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self._answer(206, content[start:], extra, conduct)

    def _start(self, tag: str) -> int | None:
        """Where the part begins that is asked for and can be given."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        fits = self.headers["If-Range"] in (None, tag)
        return int(match[1]) if match and fits and self.shown.ranges else None

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str], cut: Cut | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (self.shown.headers | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        shown = body if cut is None else body[: cut.after]
        try:
            for place in range(0, len(shown), _PIECE):
                self.wfile.write(shown[place : place + _PIECE])
                if place == 0 and self.shown.hold is not None and status < 300:
                    self.wfile.flush()
                    self.shown.hold.wait(60)
        except OSError:
            self.close_connection = True  # the client went away
        if cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the screen of the tests."""
