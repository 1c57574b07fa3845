"""Problem documents."""

from __future__ import annotations

import json

from training_api.spec.problem import problem_document, problem_headers


def test_a_document_says_what_where_and_what_to_do() -> None:
    rows = [{"field": "name", "message": "is taken"}]
    found = problem_document(422, "name_taken", "It is taken.", field="name", problems=rows)
    assert found == {
        "type": "about:blank",
        "title": "Name taken",
        "status": 422,
        "code": "name_taken",
        "detail": "It is taken.",
        "field": "name",
        "problems": rows,
    }
    assert problem_document(404, "gone_by_now", "x")["title"] == "Not found"
    assert problem_document(404, "gone_by_now", "x", title="Gone")["title"] == "Gone"


def test_any_name_can_be_encoded() -> None:
    found = problem_document(409, "bad_name", "a \udcff name", field="\udcff")
    assert json.dumps(found, ensure_ascii=False).encode() and "?" in found["detail"]


def test_what_passes_by_itself_says_when_to_try_again() -> None:
    assert problem_headers(503) == problem_headers(507) == {"Retry-After": "2"}
    assert problem_headers(422) is None
