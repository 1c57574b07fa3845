"""What every response tells the browser to refuse on our behalf."""

from __future__ import annotations

from collections.abc import Iterable

from training_api.spec.security.asgi import App, Message, Receive, Scope, Send, header
from training_api.spec.security.policy import Policy

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_ALWAYS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_TRUSTWORTHY = ((b"cross-origin-opener-policy", b"same-origin"),)
"""What browsers heed through TLS and on loopback only, and complain of elsewhere."""


Header = tuple[bytes, bytes]


class ResponseHeaders:
    """Adds what an application did not set itself; CORS headers never leave."""

    def __init__(self, app: App, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        plain = self._is_plain(scope)
        referrer = (b"referrer-policy", b"same-origin" if plain else b"no-referrer")
        ours = _ALWAYS if plain else _ALWAYS + _TRUSTWORTHY

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(message.get("headers", ()), ours, referrer)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_plain(self, scope: Scope) -> bool:
        """True on plain http beyond loopback.

        There, browsers send no Sec-Fetch-Site, and under `no-referrer` they state the origin of a
        form as `null`, which would make our own forms look foreign.
        """
        host = (header(scope, b"host") or "").lower()
        return not self._policy.https and (
            host == self._policy.public_host or host.rsplit(":", 1)[0] in self._policy.hosts
        )


def _completed(given: Iterable[Header], ours: Iterable[Header], referrer: Header) -> list[Header]:
    """An application may tighten its content policy, never the referrer policy (see above)."""
    kept = [
        (name.lower(), value)
        for name, value in given
        if not name.lower().startswith(b"access-control-") and name.lower() != referrer[0]
    ]
    names = {name for name, _ in kept}
    return [*kept, *((name, value) for name, value in ours if name not in names), referrer]
