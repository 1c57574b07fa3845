"""Rendering: templates, and links that hold behind a path prefix."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gui.api import INFERENCE, ORCHESTRATION, address
from gui.sparkline import sparkline
from gui.states import FINAL, STATES
from gui.wording import FILTERS

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "segsmith_theme"
THEMES = ("auto", "light", "dark")
SESSION_COOKIE = "segsmith_session"
"""The browser's, once somebody signed in; whoever checks it stands before these pages."""


@cache
def template_environment() -> Environment:
    """Jinja2 with escaping everywhere and an error for any name that a page does not get."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(sparkline=sparkline, states=STATES, final_states=FINAL)
    return environment


class Links:
    """Addresses below the prefix under which the browser reaches us."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix.rstrip("/")

    def page(self, *segments: object, **query: Any) -> str:
        """A page or form of ours; `page()` is the home page."""
        return address(self.prefix, *segments) + _query(query) if segments else self.prefix + "/"

    def api(self, *segments: object, **query: Any) -> str:
        """A resource that the browser takes from the orchestration API itself."""
        return address(self.prefix + ORCHESTRATION, *segments) + _query(query)

    def inference(self, *segments: object) -> str:
        """A resource of the inference API."""
        return address(self.prefix + INFERENCE, *segments)

    def static(self, path: str) -> str:
        """A file of ours; `path` is a literal in our templates."""
        return f"{self.prefix}/static/{path}"


class Pages:
    """Renders templates for one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._environment: Environment = request.app.state.templates
        self.links = Links(request.scope.get("root_path") or request.app.state.prefix)

    @property
    def is_fragment(self) -> bool:
        """True when htmx asks for a part of a page."""
        return self._request.headers.get("hx-request") == "true"

    def show(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """The rendered template; `context` holds the names it uses."""
        theme = self._request.cookies.get(THEME_COOKIE, "auto")
        text = self._environment.get_template(template).render(
            links=self.links,
            theme=theme if theme in THEMES else "auto",
            here=self._request.scope["path"].removeprefix(self.links.prefix),
            is_fragment=self.is_fragment,
            signed_in=SESSION_COOKIE in self._request.cookies,
            **context,
        )
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})

    def go(self, *segments: object, **query: Any) -> Response:
        """Send the browser to a page, whether htmx or a plain form asked."""
        return self.go_to(self.links.page(*segments, **query))

    def go_to(self, address: str) -> Response:
        """As `go`, to an address that is already complete."""
        if self.is_fragment:
            return Response(headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)


def _query(query: dict[str, Any]) -> str:
    present = {name: value for name, value in query.items() if value not in (None, "")}
    return "?" + urlencode(present, doseq=True) if present else ""


def pages_of(request: Request) -> Pages:
    """The request's Pages."""
    return Pages(request)


PagesOf = Annotated[Pages, Depends(pages_of)]
