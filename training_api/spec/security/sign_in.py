"""The sign-in page, signing in and signing out."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import parse_qs, quote

from training_api.spec.security.asgi import (
    Headers,
    Receive,
    Refusal,
    Scope,
    Send,
    respond,
)
from training_api.spec.security.policy import Policy
from training_api.spec.security.sessions import COOKIE, SESSION_SECONDS, Sessions

LONGEST_FORM = 4096


async def redirect(send: Send, path: str, headers: Headers | None = None) -> None:
    """Answer 303 to a path of ours."""
    location = (b"location", path.encode())
    await respond(send, 303, b"", "text/plain", [location, *(headers or [])])


def sign_in_address(path: str, scope: Scope) -> str:
    """/login, with the page of ours that the request wanted."""
    query = scope["query_string"].decode("latin-1")
    wanted = quote(path) + (f"?{query}" if query else "")
    return "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"


def _wanted(scope: Scope) -> str:
    """The page that `sign_in_address` noted; the first one for what is no path of ours."""
    query = scope["query_string"].decode("latin-1")
    page = parse_qs(query).get("next", ["/"])[0]
    # Browsers take a second slash of either kind for the beginning of another host's address.
    ours = page.startswith("/") and not page.startswith(("//", "/\\"))
    return page if ours and page.isascii() and page.isprintable() else "/"


class SignIn:
    """Answers /login, /login.css and /logout."""

    def __init__(self, sessions: Sessions, policy: Policy) -> None:
        self._sessions = sessions
        self._policy = policy

    async def answers(self, path: str, scope: Scope, receive: Receive, send: Send) -> bool:
        """True after answering; False for a request that is not about signing in."""
        match scope["method"], path:
            case (("GET" | "HEAD"), "/login"):
                await self._page(send, 200, "")
            case (("GET" | "HEAD"), "/login.css"):
                await respond(send, 200, _part("login.css"), "text/css; charset=utf-8")
            case "POST", "/login":
                await self._sign_in(scope, receive, send)
            case "POST", "/logout":
                self._sessions.sign_out(scope)
                await redirect(send, f"{self._policy.prefix}/login", [self._cookie("", 0)])
            case _, ("/login" | "/login.css" | "/logout"):
                raise Refusal(405, "bad_method", f"{scope['method']} does not fit {path}.")
            case _:
                return False
        return True

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        form = parse_qs((await _form(receive)).decode("utf-8", "replace"), max_num_fields=8)
        session = self._sessions.sign_in(form.get("token", [""])[0].strip(), scope)
        if session is None:
            await self._page(send, 403, "That is not the token. It is in the server's token file.")
            return
        cookie = self._cookie(session, SESSION_SECONDS)
        await redirect(send, self._policy.prefix + _wanted(scope), [cookie])

    async def _page(self, send: Send, status: int, message: str) -> None:
        page = _part("login.html").replace(b"{message}", message.encode())
        await respond(send, status, page, "text/html; charset=utf-8")

    def _cookie(self, value: str, seconds: int) -> tuple[bytes, bytes]:
        secure = "; Secure" if self._policy.https else ""
        text = (
            f"{COOKIE}={value}; Max-Age={seconds}; Path={self._policy.prefix or '/'}; "
            f"HttpOnly; SameSite=Strict{secure}"
        )
        return b"set-cookie", text.encode()


def _part(name: str) -> bytes:
    return files("training_api.spec.security").joinpath(name).read_bytes()


async def _form(receive: Receive) -> bytes:
    """The body of a sign-in. Raises Refusal (413) beyond 4 kB."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(body) > LONGEST_FORM:
            raise Refusal(413, "body_too_large", "A sign-in form is smaller than that.")
    return body
