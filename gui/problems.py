"""What goes wrong between the pages and the API, as exceptions that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldProblem:
    """A refusal of one input: `field` is its dotted path in the job spec, '' if none."""

    field: str
    message: str


class ApiProblem(Exception):
    """The API refused a request: its problem+json answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code") or "error")
        self.title = str(body.get("title") or "The request was refused")
        self.detail = str(body.get("detail") or self.title)
        self.problems = _field_problems(body, self.detail)
        super().__init__(self.detail)


class ApiUnreachable(Exception):
    """The API gave no answer, or none that could be read."""


def _field_problems(body: dict[str, Any], detail: str) -> list[FieldProblem]:
    listed = body.get("problems") or []
    if listed:
        return [FieldProblem(entry.get("field") or "", entry["message"]) for entry in listed]
    if body.get("field"):
        return [FieldProblem(body["field"], detail)]
    return []
