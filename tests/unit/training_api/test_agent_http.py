"""The job's own HTTP API, over a real socket."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.numpy_engine import NumpyEngine
from tests.training_jobs import LEARNS, events_of, make_dataset, make_job
from tests.waiting import PATIENCE, until
from training_api import agent_http
from training_api.agent_server import AgentServer
from training_api.spec.directory import JobDirectory
from training_api.spec.events import Event, EventWriter, read_events
from training_api.spec.files import read_json
from training_api.spec.launch import Endpoint
from training_api.trainer import run_attempt


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a job that has trained; its path is short enough for a socket."""
    home = tmp_path_factory.mktemp("h")
    job = make_job(home, make_dataset(home / "parts", count=10), **LEARNS)
    job.log_path.write_text("one\ntwo\rthree\n")
    run_attempt(job.path, 1, NumpyEngine)
    return home


class Served:
    """A client of an agent's API, as endpoint.json describes it."""

    def __init__(self, job: JobDirectory, attempt: int = 1) -> None:
        self.job = job
        self.attempt = job.attempt(attempt)
        self._server = AgentServer(job, self.attempt, trainer_pid=4711)

    def __enter__(self) -> httpx.Client:
        self._server.__enter__()
        path = self.attempt.endpoint_path
        until(path.exists)
        self.endpoint = Endpoint.model_validate(read_json(path))
        transport = httpx.HTTPTransport(uds=self.endpoint.socket)
        base = self.endpoint.url or "http://agent"
        self._client = httpx.Client(transport=transport, base_url=base, timeout=PATIENCE)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.__exit__()


def job_in(home: Path) -> JobDirectory:
    return JobDirectory(home / "jobs" / "job-1")


def test_health_state_events_and_logs(home: Path) -> None:
    job = job_in(home)
    with Served(job) as client:
        assert client.get("/health").json() == {"status": "ok", "trainer_pid": 4711}
        state: dict[str, Any] = client.get("/state").json()
        assert state["attempt"] == 1 and state["state"] == "running"
        assert state["finished"] == events_of(job, "finished")[0]
        answer = client.get("/events").json()
        assert [event["event"] for event in answer["events"]] == [
            event["event"] for event in events_of(job)
        ]
        last = answer["events"][-1]
        assert last["id"] == f"1-{answer['next']}" and answer["next"] == last["offset"]
        middle = answer["events"][3]["offset"]
        rest = client.get("/events", params={"after": middle}).json()["events"]
        assert rest == answer["events"][4:]
        logs = client.get("/logs").json()
        assert logs["lines"][:2] == ["one", "three"] and logs["next"] == logs["size"]


def test_the_socket_is_private_and_goes_away(home: Path) -> None:
    job = job_in(home)
    with Served(job):
        for path in (job.attempt(1).endpoint_path, job.attempt(1).path / "agent.sock"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not job.attempt(1).endpoint_path.exists()
    assert not (job.attempt(1).path / "agent.sock").exists()


def test_refusals_are_problems(home: Path) -> None:
    with Served(job_in(home)) as client:
        answer = client.post("/predict", content=b"x" * ((32 << 20) + 1))
        assert answer.status_code == 413 and answer.json()["code"] == "too_large"
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/nothing").status_code == 404
        assert client.get("/predict").status_code == 405


def test_a_long_path_is_served_on_tcp_with_a_token(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    job = make_job(home, make_dataset(home / "parts", count=4), **LEARNS)
    served = Served(job)
    with served as client:
        assert served.endpoint.socket is None and served.endpoint.token
        assert client.get("/health").status_code == 401
        head = {"Authorization": "Bearer wrong"}
        assert client.get("/health", headers=head).json()["code"] == "unauthorised"
        head = {"Authorization": f"Bearer {served.endpoint.token}"}
        assert client.get("/health", headers=head).status_code == 200


def test_the_state_is_that_of_the_attempt(tmp_path: Path) -> None:
    job = JobDirectory(tmp_path)
    job.attempt(2).path.mkdir(parents=True)
    before, present = EventWriter(job.events_path, 1), EventWriter(job.events_path, 2)
    before.write("progress", step=9)
    before.write("validation", epoch=1)
    before.write("finished", model_id="m-1")
    before.write("failed", reason="disk_full", message="Full.")
    present.write("started", first_epoch=2)
    with Served(job, attempt=2) as client:
        state = client.get("/state").json()
        assert (state["attempt"], state["started"]["first_epoch"]) == (2, 2)
        assert [state[kind] for kind in ("progress", "finished", "failed")] == [None] * 3
        assert state["validation"]["epoch"] == 1
        present.write("progress", step=10)
        assert client.get("/state").json()["progress"]["step"] == 10


def test_events_are_read_beside_the_event_loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0

    def read(path: Path, after: int = 0) -> Iterator[tuple[int, Event]]:
        nonlocal reads
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        reads += 1
        return read_events(path, after)

    monkeypatch.setattr(agent_http, "read_events", read)
    with Served(job_in(home)) as client:
        assert client.get("/events").status_code == 200
        assert client.get("/state").status_code == 200
    assert reads == 2
