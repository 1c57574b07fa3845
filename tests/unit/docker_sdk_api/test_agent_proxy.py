from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docker_sdk_api.home import Home
from docker_sdk_api.runners.fake import FakeRunner
from tests.unit.docker_sdk_api.test_jobs_api import reached, start
from training_api.spec.directory import AttemptDirectory
from training_api.spec.files import write_json
from training_api.spec.launch import Endpoint


async def echo(request: Request) -> Response:
    """What arrived."""
    body = await request.body()
    return JSONResponse(
        {
            "path": request.url.path,
            "query": request.url.query,
            "method": request.method,
            "size": len(body),
            "headers": dict(request.headers),
        },
        headers={"Set-Cookie": "x=y"},
    )


async def refuse(request: Request) -> Response:
    """A problem of the agent's own."""
    return JSONResponse({"code": "refused"}, 409, media_type="application/problem+json")


async def model(request: Request) -> Response:
    """Something large."""
    return Response(b"z" * 3_000_000, media_type="application/zip")


AGENT = Starlette(
    routes=[
        Route("/health", echo),
        Route("/state", refuse),
        Route("/model", model),
        Route("/predict", echo, methods=["POST"]),
    ]
)


@contextmanager
def listening(listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(AGENT, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(120)
        listener.close()


@pytest.fixture
async def attempt(api: httpx.AsyncClient, runner: FakeRunner, home: Home) -> AttemptDirectory:
    """The attempt of a job that runs."""
    runner.epochs = 100_000
    job_id = await start(api)
    await reached(api, job_id, "running")
    return home.job(job_id).attempt(1)


def address(attempt: AttemptDirectory, path: str) -> str:
    return f"/jobs/{attempt.path.parent.parent.name}/agent/{path}"


@pytest.fixture
def on_socket(attempt: AttemptDirectory, tmp_path: Path) -> Iterator[None]:
    """Its agent answers on a unix socket."""
    path = tmp_path / "a.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    endpoint = Endpoint(socket=str(path), pid=1)
    write_json(attempt.endpoint_path, endpoint.model_dump(mode="json"))
    with listening(listener):
        yield


async def test_requests_reach_the_agent(
    api: httpx.AsyncClient, attempt: AttemptDirectory, on_socket: None
) -> None:
    headers = {"Authorization": "Bearer ours", "Cookie": "segsmith_session=1"}
    seen: Any = (await api.get(address(attempt, "health?after=3"), headers=headers)).json()
    assert (seen["method"], seen["path"], seen["query"]) == ("GET", "/health", "after=3")
    assert "authorization" not in seen["headers"]
    assert "cookie" not in seen["headers"]
    image = b"\x89PNG" * 100_000
    answer = await api.post(
        address(attempt, "predict"), content=image, headers={"Content-Type": "image/png"}
    )
    assert answer.json()["size"] == len(image)
    assert answer.json()["headers"]["content-type"] == "image/png"
    assert "set-cookie" not in answer.headers


async def test_answers_come_back_whole(
    api: httpx.AsyncClient, attempt: AttemptDirectory, on_socket: None
) -> None:
    answer = await api.get(address(attempt, "model"))
    assert len(answer.content) == 3_000_000
    assert answer.headers["content-type"] == "application/zip"
    refused = await api.get(address(attempt, "state"))
    assert (refused.status_code, refused.json()) == (409, {"code": "refused"})
    assert refused.headers["content-type"] == "application/problem+json"


async def test_many_at_once(
    api: httpx.AsyncClient, attempt: AttemptDirectory, on_socket: None
) -> None:
    answers = await asyncio.gather(*(api.get(address(attempt, "health")) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def test_tcp_with_a_token(api: httpx.AsyncClient, attempt: AttemptDirectory) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    endpoint = Endpoint(url=url, token="secret", pid=1)
    write_json(attempt.endpoint_path, endpoint.model_dump(mode="json"))
    with listening(listener):
        seen: Any = (await api.get(address(attempt, "health"))).json()
    assert seen["headers"]["authorization"] == "Bearer secret"


async def test_unknown_paths_stay_here(
    api: httpx.AsyncClient, attempt: AttemptDirectory, on_socket: None
) -> None:
    for path in ("secrets", "..%2f..%2fhealth", "health%3fx", "http:%2f%2fevil"):
        answer = await api.get(address(attempt, path))
        assert answer.status_code == 404, path


async def test_an_agent_that_is_not_there(
    api: httpx.AsyncClient, attempt: AttemptDirectory, tmp_path: Path
) -> None:
    answer = await api.get(address(attempt, "health"))
    assert (answer.status_code, answer.json()["code"]) == (409, "agent_gone")
    assert "still starting" in answer.json()["detail"]
    endpoint = Endpoint(socket=str(tmp_path / "nobody.sock"), pid=1)
    write_json(attempt.endpoint_path, endpoint.model_dump(mode="json"))
    answer = await api.get(address(attempt, "health"))
    assert (answer.status_code, answer.json()["code"]) == (409, "agent_gone")
    assert "does not answer" in answer.json()["detail"]


async def test_a_job_that_has_ended(api: httpx.AsyncClient) -> None:
    job_id = await start(api)
    await reached(api, job_id, "succeeded")
    answer = await api.get(f"/jobs/{job_id}/agent/health")
    assert (answer.status_code, answer.json()["code"]) == (409, "agent_gone")
    assert "only a running job" in answer.json()["detail"]
