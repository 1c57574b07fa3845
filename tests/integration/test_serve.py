"""The service as a process: what it composes, whom it lets in, how it starts and stops."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.colour_model import picture, publish
from tests.command_line import CommandLine, Server
from tests.numpy_agent import interpreter
from tests.training_jobs import make_dataset
from tests.waiting import PATIENCE, until
from training_api.cli.api import Api

TOKEN = "0123456789abcdef0123"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("serve")
    make_dataset(place / "datasets" / "parts", count=3)
    publish(place / "home" / "models", "m-1")
    (place / "token").write_text(TOKEN + "\n")
    return place


@pytest.fixture(scope="module")
def service(place: Path) -> Iterator[Server]:
    """Without a token, as on one's own machine."""
    command_line = CommandLine(place / "home", SEGSMITH_TORCH_PYTHON=str(interpreter(place)))
    with command_line.service("--datasets", place / "datasets") as service:
        yield service


@pytest.fixture(scope="module")
def guarded(place: Path) -> Iterator[Server]:
    """With a token, on all addresses, behind a public URL."""
    words = ("--host", "0.0.0.0", "--token-file", place / "token")
    public = ("--public-url", "https://lab.example/seg")
    command_line = CommandLine(place / "guarded")
    with command_line.service(*words, *public, "--datasets", place / "datasets") as service:
        yield service


@pytest.fixture
def client(service: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


def test_one_port_serves_pages_api_and_inference(client: httpx.Client) -> None:
    page = client.get("/", follow_redirects=True)
    assert page.status_code == 200 and "Segsmith" in page.text
    assert client.get("/api/v1/health").json()["status"] == "ok"
    assert [entry["name"] for entry in client.get("/api/v1/datasets").json()] == ["parts"]
    assert client.get("/inference/models").json()["models"][0]["id"] == "m-1"
    assert "/jobs" in client.get("/api/v1/openapi.json").json()["paths"]
    missing = client.get("/api/v1/nothing")
    assert missing.headers["content-type"] == "application/problem+json"


def test_an_image_is_predicted_through_the_port(client: httpx.Client) -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture(40, 60)).save(buffer, "PNG")
    answer = client.post("/inference/models/m-1/predict", files={"image": buffer.getvalue()})
    assert [entry["pixels"] for entry in answer.json()["classes"]] == [1500, 300, 600]
    large = client.post("/inference/models/m-1/mask", content=bytes(5 << 20))
    assert large.json()["code"] == "bad_image", "5 MB are an image's size and no JSON's"
    assert client.post("/inference/models/m-1/mask", content=bytes(33 << 20)).status_code == 413
    assert client.post("/api/v1/jobs", content=b" " * (2 << 20)).status_code == 413


def test_it_is_announced_to_this_user_only(place: Path, service: Server) -> None:
    path = place / "home" / "service.json"
    assert path.stat().st_mode & 0o777 == 0o600
    announced = json.loads(path.read_text())
    assert (announced["url"], announced["token"]) == (service.url, None)
    assert announced["pid"] == service.command.process.pid


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.com"},
        {"Host": "127.0.0.1.evil.com"},
        {"Origin": "http://evil.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_other_sites_change_and_read_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    paths = ["/", "/api/v1/jobs", "/api/v1/queue/pause", "/inference/models", "/try", "/jobs/new"]
    for method, path in product(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], paths):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code in (400, 403), (method, path)
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert client.get("/api/v1/system").json()["queue"]["paused"] is False


def raw(port: int, request: bytes) -> bytes:
    """The first bytes that the server answers to what no client library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        return connection.recv(4096)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET http://evil.com/api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET @evil.com HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1@evil.com\r\n\r\n",
        b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n",
        b"GET /api/v1/jobs HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET /api/v1/jobs HTTP/1.0\r\n\r\n",
        b"TRACE /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00",
    ],
)
def test_malformed_requests_are_refused(service: Server, request_bytes: bytes) -> None:
    status = int(raw(service.port, request_bytes + b"\r\n\r\n").split()[1])
    assert 400 <= status < 500


def test_every_operation_asks_for_the_token(guarded: Server) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=guarded.url, timeout=PATIENCE, trust_env=False) as client:
        for base in ("/api/v1", "/inference"):
            assert client.get(f"{base}/health").status_code == 200
            paths = client.get(f"{base}/openapi.json", headers=bearer).json()["paths"]
            for path, operations in paths.items():
                for method in operations:
                    address = base + path.replace("{", "").replace("}", "")
                    if not path.endswith("/health"):
                        assert client.request(method, address).status_code == 401, address
        for page in ("/", "/jobs/new", "/models", "/static/css/base.css", "/api/v1/jobs/stream"):
            assert client.get(page).status_code == 401
        assert client.get("/api/v1/jobs", headers=bearer).status_code == 200


def test_a_person_signs_in_below_the_public_prefix(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url, timeout=PATIENCE, trust_env=False) as client:
        lab = {"Host": "lab.example", "Accept": "text/html"}
        first = client.get("/seg/", headers=lab)
        assert (first.status_code, first.headers["location"]) == (303, "/seg/login")
        entered = client.post("/seg/login", headers=lab, data={"token": TOKEN})
        assert (entered.status_code, entered.headers["location"]) == (303, "/seg/")
        cookie = entered.headers["set-cookie"]
        assert "Path=/seg;" in cookie and "Secure" in cookie and TOKEN not in cookie
        signed_in = lab | {"Cookie": cookie.split(";")[0]}
        page = client.get("/seg/", headers=signed_in)
        assert page.status_code == 200 and 'href="/seg/static/' in page.text
        assert client.get("/seg/api/v1/jobs", headers=signed_in).status_code == 200
        assert client.post("/seg/logout", headers=signed_in).status_code == 303
        assert client.get("/seg/api/v1/jobs", headers=signed_in).status_code == 401


def test_the_token_is_in_no_log(guarded: Server, place: Path) -> None:
    with httpx.Client(base_url=guarded.url, timeout=PATIENCE, trust_env=False) as client:
        client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {TOKEN}"})
    text = "\n".join(guarded.command.lines + guarded.command.output)
    text += (place / "guarded" / "log" / "service.log").read_text()
    assert TOKEN not in text


async def test_commands_use_the_token_of_the_announcement(place: Path, guarded: Server) -> None:
    announced = json.loads((place / "guarded" / "service.json").read_text())
    assert (announced["url"], announced["token"]) == (guarded.url, TOKEN)
    async with Api(announced["url"], announced["token"]) as api:
        assert (await api.get("jobs"))["jobs"] == []
    done = CommandLine(place / "guarded").run("jobs")
    assert done.returncode == 0 and "There are no jobs" in done.stdout


def test_it_stops_within_ten_seconds_with_streams_open(tmp_path: Path) -> None:
    received: list[str] = []

    def read(url: str) -> None:
        address = f"{url}/api/v1/jobs/stream"
        with httpx.stream("GET", address, timeout=PATIENCE, trust_env=False) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: jobs"):
                    received.append(line)

    with CommandLine(tmp_path / "home").service() as service:
        readers = [threading.Thread(target=read, args=(service.url,)) for _ in range(20)]
        for reader in readers:
            reader.start()
        until(lambda: len(received) >= 20)
        assert service.end() < 10
        for reader in readers:
            reader.join(PATIENCE)
            assert not reader.is_alive()
    assert service.command.wait() == 0
    assert "ERROR" not in "\n".join(service.command.lines)
    assert "Running jobs go on" in service.command.output[-1]


def test_a_body_that_never_ends_does_not_disturb_others(
    client: httpx.Client, service: Server
) -> None:
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(100)]
    for connection in slow:
        connection.sendall(head + b"1\r\n{\r\n")
    started = time.monotonic()
    for _ in range(20):
        assert client.get("/api/v1/health").status_code == 200
    assert (time.monotonic() - started) / 20 < 2
    for connection in slow:
        connection.close()


def test_the_sample_is_trained_once(tmp_path: Path) -> None:
    make_dataset(tmp_path / "datasets" / "dummy_dataset", count=4)
    python = str(interpreter(tmp_path))
    command_line = CommandLine(tmp_path / "home", SEGSMITH_TORCH_PYTHON=python)
    words = ("--datasets", tmp_path / "datasets", "--train-sample")
    with command_line.service(*words) as service:
        output = service.command.output
        told = until(lambda: next((line for line in output if "has succeeded" in line), ""), output)
        assert "mIoU 0." in told
        assert service.url in output[0] and f"{service.url}/jobs/job-" in "".join(output)
    with command_line.service(*words):
        jobs: list[dict[str, Any]] = command_line.json("jobs")["jobs"]
        assert [job["name"] for job in jobs] == ["sample"]
