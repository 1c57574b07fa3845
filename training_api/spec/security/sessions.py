"""Who is signed in: the token itself, or a cookie given for it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from http.cookies import CookieError, SimpleCookie

from training_api.spec.security.asgi import Scope, header, header_values
from training_api.spec.security.failures import Failures

COOKIE = "segsmith_session"
SESSION_SECONDS = 30 * 24 * 3600
MOST_SESSIONS = 1000


def same(left: str, right: str) -> bool:
    """Equality in a time that depends on neither text."""
    return hmac.compare_digest(_digest(left), _digest(right))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Sessions:
    """Sessions of one running server; a restart or a sign-out ends them. Holds digests only."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._ends: dict[bytes, float] = {}
        self._failures = Failures()

    def admits(self, scope: Scope) -> bool:
        """True if the request carries the token as bearer or a live session's cookie.

        Raises Refusal (429) for a wrong bearer after several wrong tokens from its address.
        """
        bearers = _bearers(scope)
        if any(same(bearer, self._token) for bearer in bearers):
            return True
        cookie = session_cookie(scope)
        if cookie is not None and self._ends.get(_digest(cookie), 0.0) > time.monotonic():
            return True
        if bearers:
            self._failures.add(_address(scope))
        return False

    def sign_in(self, token: str, scope: Scope) -> str | None:
        """A new session's cookie value, or None for a wrong token.

        Raises Refusal (429) for a wrong one after several from the request's address. The right
        one always gets in: nobody can lock the others out.
        """
        if not same(token, self._token):
            self._failures.add(_address(scope))
            return None
        present = time.monotonic()
        self._forget_ended(present)
        value = secrets.token_urlsafe(32)
        self._ends[_digest(value)] = present + SESSION_SECONDS
        return value

    def sign_out(self, scope: Scope) -> None:
        """End the request's session, if it has one."""
        cookie = session_cookie(scope)
        if cookie is not None:
            self._ends.pop(_digest(cookie), None)

    def _forget_ended(self, present: float) -> None:
        alive = {key: end for key, end in self._ends.items() if end > present}
        while len(alive) >= MOST_SESSIONS:
            alive.pop(min(alive, key=alive.__getitem__))
        self._ends = alive


def _bearers(scope: Scope) -> list[str]:
    """The credentials of every bearer header."""
    parts = [value.partition(" ") for value in header_values(scope, b"authorization")]
    return [given.strip() for scheme, _, given in parts if scheme.lower() == "bearer"]


def _address(scope: Scope) -> str:
    """The client's IP address; '' if the server does not know it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def session_cookie(scope: Scope) -> str | None:
    """The session cookie's value; None if there is none or the header is malformed."""
    cookies = SimpleCookie()
    try:
        cookies.load(header(scope, b"cookie") or "")
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None
