"""One place that turns a refused or failed API call into a page, a fragment or the login."""

from __future__ import annotations

import logging

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from gui.commands import start_command
from gui.pages import Pages
from gui.problems import ApiProblem, ApiUnreachable

log = logging.getLogger(__name__)


def api_problem(request: Request, error: ApiProblem) -> Response:
    """401 asks for the token; anything else is shown in the API's own words."""
    if error.status == 401:
        return _login(request)
    title = "Not found" if error.status == 404 else error.title
    return problem_page(request, error.status, title, error.detail)


def api_unreachable(request: Request, error: ApiUnreachable) -> Response:
    """The service behind the pages is gone."""
    log.warning("The API did not answer %s: %s", request.url.path, error)
    return problem_page(
        request,
        503,
        "The service does not answer",
        "The pages are here, but the service that runs the jobs is not. Running jobs go on "
        f"without it. Start it again with “{start_command()}”, then reload this page.",
    )


def http_error(request: Request, error: HTTPException) -> Response:
    """An address or method that we do not have."""
    if error.status_code == 404:
        detail = f"There is no page at {request.url.path}."
        return problem_page(request, 404, "Not found", detail)
    return problem_page(request, error.status_code, "The request was refused", str(error.detail))


def bad_request(request: Request, error: RequestValidationError) -> Response:
    """An address or form that none of our pages would have made."""
    wrong = ", ".join(str(entry["loc"][-1]) for entry in error.errors())
    detail = f"The address or the form holds something that does not fit: {wrong}."
    return problem_page(request, 422, "The request was refused", detail)


def problem_page(request: Request, status: int, title: str, detail: str) -> Response:
    """A whole page, or for htmx a notice at the top of the page that asked."""
    pages = Pages(request)
    if not pages.is_fragment:
        return pages.show("problem.html", status, title=title, detail=detail)
    response = pages.show("_problem.html", status, title=title, detail=detail)
    response.headers["HX-Retarget"] = "#problem"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _login(request: Request) -> Response:
    """The sign-in page belongs to whoever asks for the token, in front of all our pages."""
    return Pages(request).go("login")
