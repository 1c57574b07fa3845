"""Errors as problem+json (RFC 9457) with a stable code; routes themselves catch nothing."""

from __future__ import annotations

import errno
import logging
import sqlite3

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from docker_sdk_api.specs.report import SpecRejected
from training_api.spec.errors import SegsmithError
from training_api.spec.problem import (
    PROBLEM_TYPE,
    printable,
    problem_document,
    problem_headers,
)

log = logging.getLogger(__name__)


def add_problem_handlers(app: FastAPI) -> None:
    """Make `app` answer every refusal and every failure as a problem document."""
    app.add_exception_handler(SegsmithError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(OSError, _system)
    app.add_exception_handler(Exception, _bug)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    problems: list[dict[str, str | None]] | None = None,
) -> JSONResponse:
    """The answer; every text in it can be encoded."""
    document = problem_document(status, code, detail, field=field, problems=problems)
    return JSONResponse(document, status, problem_headers(status), PROBLEM_TYPE)


def problem_rows(problems: list[SegsmithError]) -> list[dict[str, str | None]]:
    """`[{"field", "message"}]`, as specs and forms show them."""
    return [
        {"field": entry.field and printable(entry.field), "message": printable(entry.message)}
        for entry in problems
    ]


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SegsmithError)
    several = error.problems if isinstance(error, SpecRejected) else [error]
    rows = problem_rows(several) if error.field is not None else None
    return problem(error.status, error.code, error.message, field=error.field, problems=rows)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    rows: list[dict[str, str | None]] = []
    for entry in error.errors():
        field = ".".join(str(part) for part in entry["loc"][1:]) or str(entry["loc"][0])
        message = f"{field}: {entry['msg']}."
        rows.append({"field": printable(field), "message": printable(message)})
    first = rows[0]
    return problem(
        422, "invalid_request", first["message"] or "", field=first["field"], problems=rows
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    details = {
        404: "There is nothing at this address.",
        405: f"{request.method} is not possible at this address.",
    }
    status = error.status_code
    answer = problem(
        status, codes.get(status, "bad_request"), details.get(status, f"{error.detail}.")
    )
    answer.headers.update(error.headers or {})
    return answer


async def _database(request: Request, error: Exception) -> JSONResponse:
    """A full disk or a locked file: the request changed nothing and may be sent again."""
    cause = getattr(error, "orig", None)
    log.error("The database failed: %s", cause)
    code = getattr(cause, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return _disk_full()
    return problem(503, "database_busy", "The database does not answer now. Try again soon.")


async def _system(request: Request, error: Exception) -> JSONResponse:
    """A full disk is the user's to mend; any other error of the system is a bug here."""
    assert isinstance(error, OSError)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full()
    return await _bug(request, error)


def _disk_full() -> JSONResponse:
    return problem(507, "disk_full", "The disk is full; nothing was changed. Free some space.")


async def _bug(request: Request, error: Exception) -> JSONResponse:
    """Anything else is a fault of ours; the traceback is in the service's log."""
    log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return problem(
        500,
        "internal_error",
        f"Segsmith made a mistake ({type(error).__name__}); its log has the details.",
    )
