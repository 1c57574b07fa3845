"""Requests handed on to another part: over real connections, in both directions."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Router

from tests.behind import PIECE, TOKEN, Behind
from tests.served import served
from tests.waiting import PATIENCE, until
from training_api.cli.forward import Forward
from training_api.spec.security import Policy, secured

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def behind() -> Behind:
    return Behind()


@pytest.fixture(scope="module")
def upstream(behind: Behind) -> Iterator[str]:
    with served(behind.app()) as url:
        yield url


def front(url: str, policy: Policy | None = None) -> Any:
    """The part with the pages, as far as it forwards."""
    policy = policy or Policy(TOKEN, "https://lab.example/seg")
    forward = Forward("orchestration API", url, policy)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        yield
        await forward.aclose()

    return secured(Router(routes=[Mount("/api/v1", forward)], lifespan=lifespan), policy)


@pytest.fixture(scope="module")
def client(upstream: str) -> Iterator[httpx.Client]:
    with (
        served(front(upstream)) as url,
        httpx.Client(base_url=url, headers=BEARER, timeout=PATIENCE, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/echo/a%20b",
        "/echo/a%2Fb",
        "/echo/%252e%252e",
        "/echo/..;/x",
        "/echo/%23%3F",
        "/echo/%E2%82%AC",
        "/echo//twice",
        "/echo/%2e%2e/%2e",
    ],
)
def test_both_parts_read_the_same_path(client: httpx.Client, upstream: str, path: str) -> None:
    direct = httpx.get(f"{upstream}/api/v1{path}?a=%26&b", headers=BEARER, trust_env=False).json()
    shown = client.get(f"/api/v1{path}?a=%26&b").json()
    assert (shown["path"], shown["query"]) == (direct["path"], "a=%26&b")
    assert client.get(f"/seg/api/v1{path}").json()["path"] == direct["path"]


def test_what_the_browser_sends_stays_in_front(client: httpx.Client) -> None:
    sent = {
        "Cookie": "segsmith_session=abc",
        "Origin": str(client.base_url).rstrip("/"),
        "Connection": "keep-alive, x-mine",
        "X-Mine": "1",
        "X-Forwarded-For": "10.1.1.1, 127.0.0.1",
        "X-Forwarded-Host": "evil.com",
        "Accept-Language": "de",
        "Idempotency-Key": "k-1",
    }
    answer = client.post("/api/v1/echo/x", headers=sent, content=b'{"a": 1}')
    shown = answer.json()
    headers = dict(shown["headers"])
    assert len(headers) == len(shown["headers"]), "no header twice"
    assert (answer.status_code, shown["method"], shown["body"]) == (201, "POST", '{"a": 1}')
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert (headers["accept-language"], headers["idempotency-key"]) == ("de", "k-1")
    assert headers["x-forwarded-for"] == "10.1.1.1, 127.0.0.1"
    assert headers["x-forwarded-host"] == client.base_url.netloc.decode()
    assert (headers["x-forwarded-proto"], headers["x-forwarded-prefix"]) == ("https", "/seg")
    assert not {"cookie", "origin", "x-mine", "transfer-encoding"} & headers.keys()
    assert answer.headers["etag"] == '"1"'
    assert not {"set-cookie", "x-hop", "keep-alive"} & answer.headers.keys()
    assert len(answer.headers.get_list("date")) == 1


def test_the_browsers_credentials_are_not_those_of_the_other_part(upstream: str) -> None:
    signs_in = {"token": TOKEN}
    with (
        served(front(upstream, Policy(TOKEN))) as url,
        httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client,
    ):
        assert client.get("/api/v1/echo/x").status_code == 401
        assert client.post("/login", data=signs_in).status_code == 303
        shown = client.get("/api/v1/echo/x").json()
    assert dict(shown["headers"])["authorization"] == f"Bearer {TOKEN}"
    assert "cookie" not in dict(shown["headers"])


def test_a_redirect_leads_below_the_public_prefix(client: httpx.Client) -> None:
    answer = client.get("/api/v1/moved")
    assert (answer.status_code, answer.headers["location"]) == (307, "/seg/api/v1/echo/there?a=1")


def test_a_part_of_a_file_is_handed_on(client: httpx.Client) -> None:
    answer = client.get("/api/v1/file", headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, bytes(range(10, 20)))
    assert answer.headers["content-range"] == "bytes 10-19/256"
    assert answer.headers["content-length"] == "10"


def test_an_upload_passes_piece_by_piece(client: httpx.Client, behind: Behind) -> None:
    def pieces() -> Iterator[bytes]:
        before = behind.pieces
        yield PIECE
        until(lambda: behind.pieces > before)  # the other part reads while we still send
        for _ in range(9):
            yield PIECE

    answer = client.post("/api/v1/upload", content=pieces())
    assert answer.json() == {"size": 10 * len(PIECE), "length": None}
    whole = client.post("/api/v1/upload", content=PIECE)
    assert whole.json() == {"size": len(PIECE), "length": str(len(PIECE))}
    assert client.post("/api/v1/upload", content=bytes(2 << 20)).status_code == 413


@pytest.mark.parametrize("told", [1, 5, 500])
def test_pieces_with_a_length_besides_arrive_as_pieces(upstream: str, told: int) -> None:
    """RFC 9112, 6.3: where a request has both, the pieces count and the length is dropped."""
    with served(front(upstream)) as url:
        host = httpx.URL(url).netloc.decode()
        lines = ["POST /api/v1/echo/x HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {TOKEN}"]
        lines += [f"Content-Length: {told}", "Transfer-Encoding: chunked", "Connection: close"]
        body = "5\r\nhello\r\n0\r\n\r\n"
        with socket.create_connection((httpx.URL(url).host, httpx.URL(url).port), 20) as asking:
            asking.sendall("\r\n".join([*lines, "", body]).encode())
            with asking.makefile("rb") as answer:
                head, _, rest = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 "), head
    shown = json.loads(rest)
    assert shown["body"] == "hello"
    assert "content-length" not in dict(shown["headers"])


def test_a_broken_upload_breaks_off_behind_too(client: httpx.Client, behind: Behind) -> None:
    def pieces() -> Iterator[bytes]:
        yield PIECE
        raise ConnectionError

    broken = behind.uploads_broken
    with pytest.raises(ConnectionError):
        client.post("/api/v1/upload", content=pieces())
    until(lambda: behind.uploads_broken > broken)


def test_events_come_as_they_happen_and_end_when_the_reader_leaves(
    client: httpx.Client, behind: Behind
) -> None:
    with client.stream("GET", "/api/v1/live", headers={"Last-Event-ID": "7"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line.startswith("data:"))
        assert [next(lines) for _ in range(3)] == ["data: line 8", "data: line 9", "data: line 10"]
        assert behind.streams_open == 1
    until(lambda: behind.streams_open == 0)


def test_half_a_file_does_not_pass_for_a_whole_one(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/v1/broken")


def test_a_part_that_is_away_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with served(front(f"http://127.0.0.1:{port}")) as url:
        answer = httpx.post(f"{url}/api/v1/jobs", headers=BEARER, content=b"{}", trust_env=False)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "part_unreachable"
    assert f"orchestration API at 127.0.0.1:{port} does not answer" in answer.json()["detail"]


def test_another_token_behind_is_no_sign_in(upstream: str) -> None:
    other = "another-token-of-20-letters"
    with served(front(upstream, Policy(other))) as url:
        bearer = {"Authorization": f"Bearer {other}"}
        answer = httpx.get(f"{url}/api/v1/echo/x", headers=bearer, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "token_mismatch")
    assert "same token file" in json.dumps(answer.json())
