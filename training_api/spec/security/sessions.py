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


def same(left: str, right: str) -> bool:
    """Equality in a time that depends on neither text."""
    return hmac.compare_digest(_digest(left), _digest(right))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Sessions:
    """Sessions of those who have shown the token: signed with it, so that they outlive a restart
    and end with the token. A sign-out ends one as long as the server runs; its cookie, which the
    browser then drops, is not kept from being used after a restart.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._signed_out: dict[bytes, float] = {}
        self._failures = Failures()

    def admits(self, scope: Scope) -> bool:
        """True if the request carries the token as bearer or a live session's cookie.

        Raises Refusal (429) for a wrong bearer after several wrong tokens from its address.
        """
        bearers = _bearers(scope)
        if any(same(bearer, self._token) for bearer in bearers):
            return True
        cookie = session_cookie(scope)
        if cookie is not None and self._is_live(cookie):
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
        session = f"{int(time.time()) + SESSION_SECONDS}.{secrets.token_urlsafe(16)}"
        return f"{session}.{self._signature(session)}"

    def sign_out(self, scope: Scope) -> None:
        """End the request's session, if it has one."""
        cookie = session_cookie(scope)
        if cookie is not None and self._is_live(cookie):
            present = time.time()
            kept = {key: end for key, end in self._signed_out.items() if end > present}
            self._signed_out = kept | {_digest(cookie): _end(cookie)}

    def _is_live(self, cookie: str) -> bool:
        session, _, signature = cookie.rpartition(".")
        return (
            same(signature, self._signature(session))
            and _end(cookie) > time.time()
            and _digest(cookie) not in self._signed_out
        )

    def _signature(self, session: str) -> str:
        words = f"session {session}".encode("utf-8", "surrogatepass")
        return hmac.new(self._token.encode(), words, hashlib.sha256).hexdigest()


def _end(cookie: str) -> float:
    """When a session with a good signature ends, in seconds since 1970."""
    return float(cookie.partition(".")[0])


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
