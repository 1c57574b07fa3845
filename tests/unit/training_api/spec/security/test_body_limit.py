"""Bodies: too large by their header, too large as they come, too slow."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from training_api.spec.security import Policy, secured
from training_api.spec.security.asgi import Message

HOST = ("host", "127.0.0.1:4200")
MEGABYTE = b"x" * (1 << 20)
JSON_PATHS = ["/api/v1/jobs", "/api/v1/specs/check", "/inference/models/m", "/jobs/a/agent/stop"]
IMAGE_PATHS = [
    "/inference/models/m/predict",
    "/inference/models/m/overlay",
    "/api/v1/jobs/a/agent/predict",
]


@pytest.mark.parametrize("path", JSON_PATHS)
def test_a_json_body_has_at_most_one_megabyte(ask: Any, echo: Any, path: str) -> None:
    app = secured(echo, Policy())
    assert ask(app, "POST", path, pieces=[MEGABYTE]).json()["size"] == 1 << 20
    for pieces in ([MEGABYTE, b"y"], [MEGABYTE + b"y"], [b"y"] + [MEGABYTE] * 3):
        answer = ask(app, "POST", path, pieces=pieces)
        assert (answer.status, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", IMAGE_PATHS)
def test_an_image_may_have_32_megabytes(ask: Any, echo: Any, path: str) -> None:
    app = secured(echo, Policy())
    assert ask(app, "POST", path, pieces=[MEGABYTE] * 32).json()["size"] == 32 << 20
    assert ask(app, "POST", path, pieces=[MEGABYTE] * 33).status == 413


@pytest.mark.parametrize("length", ["1048577", "9" * 40, "-1", "1e3", "", "²"])
def test_a_bad_length_is_refused_before_the_application(ask: Any, echo: Any, length: str) -> None:
    headers = [HOST, ("content-length", length)]
    assert ask(secured(echo, Policy()), "POST", "/api/v1/jobs", headers).status in (400, 413)
    assert echo.seen == []


def test_a_body_that_stops_coming_is_given_up(echo: Any) -> None:
    app = secured(echo, Policy(body_seconds=0.05))
    sent: list[Message] = []

    async def receive() -> Message:
        if not sent and not echo.seen:
            raise AssertionError("read before the application asked")
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/jobs",
        "headers": [(b"host", b"localhost")],
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 408


def test_an_error_of_the_application_is_not_hidden(ask: Any) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("its own fault")

    with pytest.raises(RuntimeError, match="its own fault"):
        ask(secured(broken, Policy()))


def test_an_application_that_swallows_the_disconnect_still_answers_413(ask: Any) -> None:
    async def swallowing(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"swallowed"})

    answer = ask(secured(swallowing, Policy()), "POST", "/x", pieces=[MEGABYTE, MEGABYTE, b""])
    assert answer.status == 413 and b"swallowed" not in answer.body
