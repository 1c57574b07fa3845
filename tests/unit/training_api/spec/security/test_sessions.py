"""The token, the sign-in form and the session cookie."""

from __future__ import annotations

from typing import Any

import pytest

from training_api.spec.security import Policy, failures, secured, sessions
from training_api.spec.security.asgi import Refusal
from training_api.spec.security.failures import FREE_FAILURES

TOKEN = "correct horse"
HOST = ("host", "127.0.0.1:4200")
PATHS = ["/", "/static/app.js", "/api/v1/jobs", "/api/v1/jobs/x/stream", "/inference/models", "/x"]


def signed_in(ask: Any, app: Any) -> tuple[str, str]:
    answer = ask(app, "POST", "/login", [HOST], [b"token=correct+horse"])
    assert answer.status == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    return "cookie", cookie.split(";")[0]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_nothing_is_served_without_the_token(ask: Any, echo: Any, path: str, method: str) -> None:
    app = secured(echo, Policy(token=TOKEN))
    attempts: list[list[tuple[str, str]]] = [
        [],
        [("authorization", "Bearer wrong")],
        [("authorization", TOKEN)],
        [("authorization", f"Basic {TOKEN}")],
        [("authorization", "Bearer ")],
        [("cookie", f"segsmith_session={TOKEN}")],
        [("cookie", "segsmith_session=")],
        [("cookie", "segsmith_session=9999999999.a.b")],
        [("cookie", "segsmith_session=\u00e9.a.b")],
        [("cookie", '="; segsmith_session')],
    ]
    for headers in attempts:
        assert ask(app, method, path, [HOST, *headers]).status == 401, headers
    assert echo.seen == []
    assert ask(app, method, path, [HOST, ("authorization", f"bearer {TOKEN}")]).status == 200


def test_health_needs_no_token(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    for path in ("/api/v1/health", "/inference/health"):
        assert ask(app, "GET", path).status == 200
    assert ask(app, "GET", "/api/v1/health/../jobs").status == 401


def test_a_person_is_sent_to_the_sign_in_page(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN, public_url="https://lab.example/seg"))
    html = ("accept", "text/html,*/*")
    answer = ask(app, "GET", "/seg/jobs/a", [HOST, html])
    assert (answer.status, answer.headers["location"]) == (303, "/seg/login?next=%2Fjobs%2Fa")
    assert ask(app, "GET", "/seg/api/v1/jobs", [HOST, html]).status == 401
    page = ask(app, "GET", "/seg/login")
    assert b"Ask whoever set this server up" in page.body
    assert page.status == 200 and b'name="token"' in page.body
    assert ask(app, "GET", "/seg/login.css").headers["content-type"].startswith("text/css")


def test_signing_in_and_out(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    cookie = signed_in(ask, app)
    other = signed_in(ask, app)
    assert cookie != other
    assert ask(app, "GET", "/api/v1/jobs", [HOST, ("cookie", "a=b"), cookie]).status == 401
    assert ask(app, "GET", "/api/v1/jobs", [HOST, cookie]).status == 200
    answer = ask(app, "POST", "/logout", [HOST, cookie])
    assert answer.status == 303 and "Max-Age=0" in answer.headers["set-cookie"]
    assert ask(app, "GET", "/api/v1/jobs", [HOST, cookie]).status == 401
    assert ask(app, "GET", "/api/v1/jobs", [HOST, other]).status == 200


def test_a_session_outlives_a_restart_and_ends_with_its_token_and_its_time(
    ask: Any, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = signed_in(ask, secured(echo, Policy(token=TOKEN)))
    restarted = secured(echo, Policy(token=TOKEN))
    assert ask(restarted, "GET", "/jobs", [HOST, cookie]).status == 200
    assert ask(secured(echo, Policy(token="another")), "GET", "/", [HOST, cookie]).status == 401
    end, nonce, signature = cookie[1].partition("=")[2].split(".")
    longer = ("cookie", f"segsmith_session={int(end) + 1}.{nonce}.{signature}")
    assert ask(restarted, "GET", "/jobs", [HOST, longer]).status == 401
    monkeypatch.setattr(sessions.time, "time", lambda: int(end) + 1.0)
    assert ask(restarted, "GET", "/jobs", [HOST, cookie]).status == 401


@pytest.mark.parametrize(
    ("asked", "query", "then"),
    [
        ("/", b"", "/"),
        ("/models", b"", "/models"),
        ("/jobs/a b/\u00e9", b"tab=log&x=%26", "/jobs/a%20b/%C3%A9?tab=log&x=%26"),
    ],
)
def test_signing_in_leads_to_the_page_that_was_wanted(
    ask: Any, echo: Any, asked: str, query: bytes, then: str
) -> None:
    app = secured(echo, Policy(token=TOKEN, public_url="https://lab.example/seg"))
    answer = ask(app, "GET", f"/seg{asked}", [HOST, ("accept", "text/html")], query=query)
    path, _, wanted = answer.headers["location"].partition("?")
    form = [b"token=correct+horse"]
    answer = ask(app, "POST", path, [HOST], form, query=wanted.encode())
    assert (answer.status, answer.headers["location"]) == (303, f"/seg{then}")


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/%0d%0aa: b", ""])
def test_signing_in_leads_to_no_other_place(ask: Any, echo: Any, wanted: str) -> None:
    app = secured(echo, Policy(token=TOKEN))
    query = f"next={wanted}".encode()
    answer = ask(app, "POST", "/login", [HOST], [b"token=correct+horse"], query=query)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    backslash = b"next=/%5Cevil.example"
    answer = ask(app, "POST", "/login", [HOST], [b"token=correct+horse"], query=backslash)
    assert answer.headers["location"] == "/"


def test_the_cookie_is_secure_and_below_the_prefix_behind_https(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN, public_url="https://lab.example/seg"))
    answer = ask(app, "POST", "/seg/login", [HOST], [b"token=correct+horse"])
    assert (
        "; Secure" in answer.headers["set-cookie"] and "Path=/seg;" in answer.headers["set-cookie"]
    )
    assert answer.headers["location"] == "/seg/"


def with_form(ask: Any, app: Any, text: str, client: str | None = None) -> Any:
    return ask(app, "POST", "/login", [HOST], [f"token={text}".encode()], client)


def with_bearer(ask: Any, app: Any, text: str, client: str | None = None) -> Any:
    return ask(app, "GET", "/x", [HOST, ("authorization", f"Bearer {text}")], client=client)


def test_wrong_tokens_have_to_wait(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    for _ in range(FREE_FAILURES):
        answer = with_form(ask, app, "<script>")
        assert answer.status == 403 and b"<script>" not in answer.body
    answer = with_form(ask, app, "<script>")
    assert answer.status == 429 and int(answer.headers["retry-after"]) <= 61


def test_the_right_token_never_waits(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    cookie = signed_in(ask, app)
    for _ in range(FREE_FAILURES + 1):
        with_form(ask, app, "wrong")
    assert with_form(ask, app, "wrong").status == 429
    assert with_form(ask, app, "correct+horse").status == 303
    assert with_bearer(ask, app, TOKEN).status == 200
    wrong_bearer = ("authorization", "Bearer wrong")
    assert ask(app, "GET", "/x", [HOST, wrong_bearer, cookie]).status == 200


def test_failures_of_form_and_bearer_count_together_by_address(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    for _ in range(FREE_FAILURES - 1):
        assert with_bearer(ask, app, "wrong", "192.0.2.1").status == 401
    assert with_form(ask, app, "wrong", "192.0.2.1").status == 403
    assert with_bearer(ask, app, "wrong", "192.0.2.1").status == 429
    assert with_form(ask, app, "wrong", "192.0.2.1").status == 429
    assert with_bearer(ask, app, "wrong", "192.0.2.2").status == 401
    assert with_form(ask, app, "wrong", "192.0.2.2").status == 403
    assert ask(app, "GET", "/x", client="192.0.2.1").status == 401  # no token is no attempt
    assert ask(app, "GET", "/api/v1/health", client="192.0.2.1").status == 200


def test_failures_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    present = 1000.0
    monkeypatch.setattr(failures.time, "monotonic", lambda: present)
    counted = failures.Failures()
    for _ in range(FREE_FAILURES):
        counted.add("192.0.2.1")
    with pytest.raises(Refusal, match="Try again in 61 seconds"):
        counted.add("192.0.2.1")
    present += 61
    counted.add("192.0.2.1")


def test_no_more_addresses_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_ADDRESSES", 2)
    counted = failures.Failures()
    for _ in range(FREE_FAILURES):
        counted.add("a")
    counted.add("b")
    with pytest.raises(Refusal):
        counted.add("a")
    counted.add("c")  # in the place of b, which failed longest ago
    with pytest.raises(Refusal):
        counted.add("a")
    assert len(counted) == 2


def test_a_form_from_another_site_signs_nobody_in(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token=TOKEN))
    headers = [HOST, ("sec-fetch-site", "cross-site")]
    assert ask(app, "POST", "/login", headers, [b"token=correct+horse"]).status == 403
    long = [b"token=" + b"a" * 5000]
    assert ask(app, "POST", "/login", [HOST], long).status == 413


def test_without_a_token_there_is_no_sign_in(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy())
    assert ask(app, "GET", "/login").json()["path"] == "/login"


def test_plain_http_beyond_loopback_keeps_its_own_forms_working(ask: Any, echo: Any) -> None:
    policy = Policy(token=TOKEN, public_url="http://lab.example")
    answer = ask(secured(echo, policy), "GET", "/login", [("host", "lab.example")])
    assert answer.headers["referrer-policy"] == "same-origin"
