"""Lets a request in, or answers it with the reason why not."""

from __future__ import annotations

from training_api.spec.security.asgi import (
    App,
    Receive,
    Refusal,
    Scope,
    Send,
    header,
    respond_refusal,
)
from training_api.spec.security.hosts import check_host
from training_api.spec.security.origin import check_origin
from training_api.spec.security.policy import Policy
from training_api.spec.security.sessions import Sessions
from training_api.spec.security.sign_in import SignIn, redirect, sign_in_address

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OPEN_PATHS = frozenset({"/health", "/api/v1/health", "/inference/health"})
"""What needs no token: it says that the server runs and no more."""
_PROGRAM_PATHS = ("/api/", "/inference/")


class Gate:
    """Checks method, path, Host, origin and token of every request. WebSockets are refused."""

    def __init__(self, app: App, policy: Policy) -> None:
        self._app = app
        self._policy = policy
        self._sessions = Sessions(policy.token) if policy.token else None
        self._sign_in = SignIn(self._sessions, policy) if self._sessions else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            try:
                await self._admit(scope, receive, send)
            except Refusal as refusal:
                await respond_refusal(send, refusal)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in METHODS:
            raise Refusal(405, "bad_method", f"The method {scope['method']} is not known here.")
        if not scope["path"].startswith("/") or "\0" in scope["path"]:
            raise Refusal(400, "bad_target", "The request's target must be a path.")
        host = check_host(scope, self._policy)
        check_origin(scope, host, self._policy)
        path = self._policy.inner_path(scope["path"])
        if self._sign_in is not None and await self._sign_in.answers(path, scope, receive, send):
            return
        if self._sessions and path not in OPEN_PATHS and not self._sessions.admits(scope):
            await self._ask_for_token(path, scope, send)
            return
        scope["root_path"] = self._policy.prefix
        scope["path"] = self._policy.prefix + path
        await self._app(scope, receive, send)

    async def _ask_for_token(self, path: str, scope: Scope, send: Send) -> None:
        """Send people to the sign-in page and programs an error."""
        wants_page = "text/html" in (header(scope, b"accept") or "")
        if wants_page and scope["method"] == "GET" and not path.startswith(_PROGRAM_PATHS):
            await redirect(send, self._policy.prefix + sign_in_address(path, scope))
            return
        raise Refusal(
            401,
            "unauthorized",
            "This server asks for a token. Send it as 'Authorization: Bearer TOKEN', or sign in "
            "at /login.",
            [(b"www-authenticate", b"Bearer")],
        )
