"""Which headers pass from the browser to another part of the service, and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from training_api.spec.security import Policy
from training_api.spec.security.asgi import Headers, Scope, header, header_values

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Of one connection only (RFC 9110, 7.6.1)."""
_OF_THE_BROWSER = frozenset(
    {b"host", b"cookie", b"authorization", b"origin", b"referer", b"expect", b"forwarded"}
)
"""Judged before we are asked, or meant for us alone."""
_OF_THE_OTHER_SERVER = frozenset({b"date", b"server", b"set-cookie"})


def request_headers(scope: Scope, policy: Policy) -> Headers:
    """What the other part is told: the browser's wishes, our token, and whom we ask for."""
    left_out = _HOP_BY_HOP | _OF_THE_BROWSER | _named_by_connection(scope["headers"])
    if header(scope, b"transfer-encoding") is not None:
        left_out |= {b"content-length"}  # the pieces say how long it is (RFC 9112, 6.3)
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in left_out and not name.startswith((b"sec-", b"x-forwarded-"))
    ]
    came_by = header_values(scope, b"x-forwarded-for")
    client = (scope.get("client") or ("",))[0]
    if client not in ", ".join(came_by).split(", "):  # a trusted proxy has named it already
        came_by.append(client)
    shown = {
        "authorization": f"Bearer {policy.token}" if policy.token else "",
        "x-forwarded-for": ", ".join(filter(None, came_by)),
        "x-forwarded-host": header(scope, b"host") or "",
        "x-forwarded-proto": "https" if policy.https else "http",
        "x-forwarded-prefix": policy.prefix,
    }
    return kept + [(k.encode(), v.encode("latin-1")) for k, v in shown.items() if v]


def response_headers(given: Headers, upstream: str, prefix: str) -> Headers:
    """What the browser is told: the answer's headers, redirects leading below our `prefix`.

    `upstream` is the other part's `host[:port]`.
    """
    given = [(name.lower(), value) for name, value in given]
    left_out = _HOP_BY_HOP | _OF_THE_OTHER_SERVER | _named_by_connection(given)
    return [
        (name, _ours(value, upstream, prefix) if name == b"location" else value)
        for name, value in given
        if name not in left_out
    ]


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    values = [value for name, value in headers if name == b"connection"]
    return frozenset(word.strip().lower() for value in values for word in value.split(b","))


def _ours(location: bytes, upstream: str, prefix: str) -> bytes:
    """A redirect to the other part itself, as the path by which the browser reaches it."""
    parts = urlsplit(location.decode("latin-1"))
    if parts.netloc != upstream:
        return location
    path = parts.path if parts.path.startswith(f"{prefix}/") else prefix + parts.path
    return f"{path}?{parts.query}".rstrip("?").encode("latin-1")
