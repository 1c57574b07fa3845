"""Errors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class FieldProblem(BaseModel):
    """What is wrong with one field, by its dotted path."""

    field: str | None
    message: str


class ProblemDocument(BaseModel):
    """An error as problem+json (RFC 9457); `code` is stable across releases."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Invalid spec",
                    "status": 422,
                    "code": "invalid_spec",
                    "detail": "epochs: must be at least 1 (allowed: 1 to 100000).",
                    "field": "hyper_parameters.epochs",
                    "problems": [
                        {
                            "field": "hyper_parameters.epochs",
                            "message": "epochs: must be at least 1 (allowed: 1 to 100000).",
                        }
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    problems: list[FieldProblem] | None = None


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses besides success."""
    content = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    }
    return {
        status: {"model": ProblemDocument, "description": _MEANINGS[status], "content": content}
        for status in statuses
    }


_MEANINGS = {
    404: "There is no such thing.",
    409: "The present state forbids it.",
    422: "The request cannot be understood, or holds values that are not allowed.",
    507: "The disk is too full.",
}
