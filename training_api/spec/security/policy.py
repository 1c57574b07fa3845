"""The settings of the checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
JSON_LIMIT = 1 << 20
IMAGE_LIMIT = 32 << 20

IMAGE_ROUTES = (
    r"/inference/models/[^/]+/(predict|mask|overlay)",
    r"(/api/v1)?/jobs/[^/]+/agent/predict",
    r"/models/[^/]+/(predict|mask|overlay)",
    r"/try",
)
"""Paths that take an image; every other body is JSON or a form."""


@dataclass(frozen=True)
class Policy:
    """Who is let in.

    `hosts` are names beyond loopback that the Host header may hold, such as the address that the
    server is bound to. With a `token`, everything but health and sign-in asks for it.
    """

    token: str | None = None
    public_url: str | None = None
    hosts: frozenset[str] = frozenset()
    body_seconds: float = 60.0  # longest pause between two pieces of a request's body

    @property
    def prefix(self) -> str:
        """Path below which the public URL places us: '' or '/name', without a slash at the end."""
        return urlsplit(self.public_url or "").path.rstrip("/")

    @property
    def public_origin(self) -> str | None:
        """The public URL's `scheme://host[:port]` in lower case."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url.lower())
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def public_host(self) -> str | None:
        """The public URL's `host[:port]`, as a browser writes it into the Host header."""
        return None if self.public_url is None else urlsplit(self.public_url.lower()).netloc

    @property
    def https(self) -> bool:
        """True when browsers reach us through TLS."""
        return (self.public_url or "").lower().startswith("https://")

    def inner_path(self, path: str) -> str:
        """`path` without the public prefix, if it has it."""
        if self.prefix and (path == self.prefix or path.startswith(self.prefix + "/")):
            return path[len(self.prefix) :] or "/"
        return path

    def body_limit(self, path: str) -> int:
        """Most bytes that a request to `path` (without prefix) may carry."""
        if any(re.fullmatch(pattern, path) for pattern in IMAGE_ROUTES):
            return IMAGE_LIMIT + (64 << 10)  # and the multipart frame around the image
        return JSON_LIMIT
