"""Problem documents (RFC 9457): how every part of the service says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""After which a request may be sent again, where the cause passes by itself."""
_TITLES = {404: "Not found", 405: "Method not allowed"}
_PASSING = (503, 507)


def problem_document(
    status: int,
    code: str,
    detail: str,
    *,
    title: str | None = None,
    field: str | None = None,
    problems: Sequence[Mapping[str, str | None]] | None = None,
) -> dict[str, Any]:
    """The document; `code` is stable, `detail` a sentence. Every text in it can be encoded."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": title or _TITLES.get(status, code.replace("_", " ").capitalize()),
        "status": status,
        "code": code,
        "detail": printable(detail),
    }
    if field is not None:
        document["field"] = printable(field)
    if problems is not None:
        document["problems"] = [*problems]
    return document


def problem_headers(status: int) -> dict[str, str] | None:
    """What goes with it: when to try again, where that helps."""
    return {"Retry-After": str(RETRY_SECONDS)} if status in _PASSING else None


def printable(text: str) -> str:
    """JSON may carry lone surrogates, which UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()
