"""Every route and method, crossed with right and wrong Host, Origin and Sec-Fetch headers."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from training_api.spec.security import Policy, secured
from training_api.spec.security.gate import METHODS

PATHS = ["/", "/jobs/abc", "/api/v1/jobs", "/api/v1/jobs/x/stream", "/inference/models/m/mask"]
GOOD_HOSTS = ["localhost", "localhost:4200", "127.0.0.1:9", "[::1]:4200", "[::1]", "LOCALHOST:1"]
BAD_HOSTS = [
    "evil.com",
    "evil.com:4200",
    "127.0.0.1.evil.com",
    "localhost:4200@evil.com",
    "localhost.evil.com:4200",
    "evil.com#localhost",
    "localhost/",
    "127.0.0.2",
    "2130706433",
    "0.0.0.0:4200",
    "[::ffff:127.0.0.1]",
    "localhost:port",
    "",
    " localhost",
]
FOREIGN = [
    [("sec-fetch-site", "cross-site")],
    [("sec-fetch-site", "same-site")],
    [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")],
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")],
    [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    [("sec-fetch-site", "Same-Origin ")],
    [("sec-fetch-site", "")],
    [("origin", "http://evil.com")],
    [("origin", "http://127.0.0.1:4201")],
    [("origin", "http://localhost:4200")],
    [("origin", "http://127.0.0.1:4200.evil.com")],
    [("origin", "http://evil.com@127.0.0.1:4200")],
    [("origin", "http://127.0.0.1:4200/x")],
    [("origin", "file://127.0.0.1:4200")],
    [("origin", "null")],
    [("origin", "")],
    [("origin", "http://127.0.0.1:4200"), ("origin", "http://evil.com")],
]
OWN = [
    [],
    [("sec-fetch-site", "same-origin")],
    [("sec-fetch-site", "none")],
    [("origin", "http://127.0.0.1:4200")],
    [("sec-fetch-site", "same-origin"), ("origin", "null")],
]
HOST = ("host", "127.0.0.1:4200")
LINK = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]


@pytest.mark.parametrize(("method", "path"), list(product(sorted(METHODS), PATHS)))
def test_foreign_requests_never_reach_the_application(
    ask: Any, echo: Any, method: str, path: str
) -> None:
    app = secured(echo, Policy())
    for headers in FOREIGN:
        answer = ask(app, method, path, [HOST, *headers])
        assert (answer.status, answer.json()["code"]) == (403, "foreign_origin"), headers
        assert "access-control-allow-origin" not in answer.headers
    for bad in BAD_HOSTS:
        answer = ask(app, method, path, [("host", bad)])
        assert answer.status == 400, bad
    assert echo.seen == []


@pytest.mark.parametrize(("method", "path"), list(product(sorted(METHODS), PATHS)))
def test_own_requests_reach_the_application(ask: Any, echo: Any, method: str, path: str) -> None:
    app = secured(echo, Policy())
    for headers in OWN:
        assert ask(app, method, path, [HOST, *headers]).status == 200, headers
    for host in GOOD_HOSTS:
        assert ask(app, method, path, [("host", host)]).status == 200, host
    assert echo.seen == [f"{method} {path}"] * (len(OWN) + len(GOOD_HOSTS))


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.com"]])
def test_exactly_one_host_header_is_needed(ask: Any, echo: Any, hosts: list[str]) -> None:
    answer = ask(secured(echo, Policy()), headers=[("host", host) for host in hosts])
    assert (answer.status, answer.json()["code"]) == (400, "bad_host")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_elsewhere_may_open_a_page(ask: Any, echo: Any, site: str) -> None:
    app = secured(echo, Policy())
    headers = [HOST, ("sec-fetch-site", site), *LINK]
    assert ask(app, "GET", "/jobs/abc", headers).status == 200
    for method in sorted(METHODS - {"GET", "HEAD"}):
        assert ask(app, method, "/jobs/abc", headers).status == 403
    in_frame = [*headers[:-1], ("sec-fetch-dest", "iframe")]
    assert ask(app, "GET", "/jobs/abc", in_frame).status == 403


@pytest.mark.parametrize("path", ["http://evil.com/", "@evil.com", "*", "", "/a\0b"])
def test_a_target_that_is_no_path_is_refused(ask: Any, echo: Any, path: str) -> None:
    answer = ask(secured(echo, Policy()), path=path)
    assert (answer.status, echo.seen) == (400, [])


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "FOO"])
def test_unknown_methods_are_refused(ask: Any, echo: Any, method: str) -> None:
    assert ask(secured(echo, Policy()), method).status == 405
    assert echo.seen == []


def test_a_public_url_adds_its_host_and_origin_and_strips_its_path(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(public_url="https://Lab.example:8443/seg/"))
    host = ("host", "lab.example:8443")
    assert ask(app, "POST", "/seg/api/v1/jobs", [host]).status == 200
    assert ask(app, "POST", "/jobs", [host]).status == 200
    assert echo.seen == ["POST /seg/api/v1/jobs", "POST /seg/jobs"]
    behind = [HOST, ("origin", "https://lab.example:8443")]
    assert ask(app, "POST", "/seg/", behind).status == 200
    assert ask(app, "POST", "/", [("host", "lab.example")]).status == 400
    assert ask(app, "POST", "/", [HOST, ("origin", "http://lab.example:8443")]).status == 403


def test_the_bound_address_is_a_good_host(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(token="t", hosts=frozenset({"192.168.1.5"})))
    bearer = ("authorization", "Bearer t")
    assert ask(app, headers=[("host", "192.168.1.5:4200"), bearer]).status == 200
    refused = ask(app, headers=[("host", "gpu:4200"), bearer])
    assert "--public-url http://gpu:4200" in refused.json()["detail"]


def test_every_answer_carries_the_headers_and_none_the_cors_ones(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy())
    for answer in (ask(app), ask(app, headers=[("host", "evil.com")])):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert ask(app).headers["x-own"] == "1"


def test_plain_http_beyond_loopback_gets_what_browsers_heed_there(ask: Any, echo: Any) -> None:
    app = secured(echo, Policy(hosts=frozenset({"192.168.1.5"})))
    name = "cross-origin-opener-policy"
    beyond = ask(app, headers=[("host", "192.168.1.5:4200")]).headers
    assert (beyond["referrer-policy"], name in beyond) == ("same-origin", False)
    assert ask(app).headers[name] == "same-origin"
    secure = secured(echo, Policy(public_url="https://lab.example"))
    assert ask(secure, headers=[("host", "lab.example")]).headers[name] == "same-origin"
