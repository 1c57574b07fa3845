"""Errors as problem+json (RFC 9457) with a stable code."""

from __future__ import annotations

import errno
import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from training_api.spec.errors import SegsmithError
from training_api.spec.problem import PROBLEM_TYPE, problem_document, problem_headers

log = logging.getLogger(__name__)


class Busy(SegsmithError):
    """More requests wait than can be answered in reasonable time."""

    code = "busy"
    status = 503


def add_problem_handlers(app: FastAPI) -> None:
    """Make `app` answer every refusal and every failure as a problem document."""
    app.add_exception_handler(SegsmithError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _system)
    app.add_exception_handler(Exception, _bug)


def problem(status: int, code: str, detail: str, field: str | None = None) -> JSONResponse:
    """The answer for one problem."""
    rows = None if field is None else [{"field": field, "message": detail}]
    document = problem_document(status, code, detail, field=field, problems=rows)
    return JSONResponse(document, status, problem_headers(status), PROBLEM_TYPE)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SegsmithError)
    return problem(error.status, error.code, error.message, error.field)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or None
    return problem(422, "invalid_request", f"{field}: {first['msg']}.", field)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = "not_found" if error.status_code == 404 else "bad_request"
    return problem(error.status_code, code, f"{error.detail}.")


async def _system(request: Request, error: Exception) -> JSONResponse:
    """A full disk is the user's to mend; any other error of the system is a bug here."""
    assert isinstance(error, OSError)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem(507, "disk_full", "The disk is full. Free some space.")
    return await _bug(request, error)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    """Anything else is a fault of ours; the traceback is in the service's log."""
    log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    detail = f"Segsmith made a mistake ({type(error).__name__}); its log has the details."
    return problem(500, "internal_error", detail)
