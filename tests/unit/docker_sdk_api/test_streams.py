"""Server-sent events over a real connection, where readers come, go and come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from docker_sdk_api.app import create_app
from docker_sdk_api.home import Home
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.streams import JobStreams, Position
from tests.served import served
from tests.waiting import PATIENCE, until
from training_api.spec.events import EventWriter

SPEC = {"name": "streamed", "dataset": "dv-test", "preset": "fast"}


@dataclass
class Block:
    """One server-sent event."""

    event: str
    id: str
    data: Any


def blocks(lines: Iterator[str]) -> Generator[Block, None, None]:
    """The events of a stream, comments left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Block(fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"]))
            fields = {}


@dataclass
class Service:
    """A served API, its orchestrator and a client."""

    client: httpx.Client
    orchestrator: Orchestrator

    def start(self) -> str:
        answer = self.client.post("/jobs", json=SPEC)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ended(self, job_id: str) -> None:
        until(lambda: self.client.get(f"/jobs/{job_id}").json()["ended"])

    @property
    def streams(self) -> JobStreams:
        return self.orchestrator.streams


@pytest.fixture
def service(settings: Settings, home: Home, runner: FakeRunner) -> Iterator[Service]:
    app = create_app(settings, runner)
    with served(app) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
        yield Service(client, app.state.orchestrator)


def test_a_job_from_its_start_to_its_end(service: Service, runner: FakeRunner) -> None:
    runner.seconds = 0.1
    job_id = service.start()
    with service.client.stream("GET", f"/jobs/{job_id}/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        seen = list(blocks(answer.iter_lines()))  # ends by itself
    states = [block.data["state"] for block in seen if block.event == "state"]
    assert states[-1] == "succeeded"
    assert "running" in states
    training = [block.data["event"] for block in seen if block.event == "training"]
    assert training == ["started", *["progress", "validation"] * 4, "finished"]
    lines = [line for block in seen if block.event == "log" for line in block.data["lines"]]
    assert lines == ["Fake trainer, attempt 1", *(f"epoch {n}: 100%" for n in (1, 2, 3, 4))]


def test_coming_back_misses_and_doubles_nothing(service: Service) -> None:
    job_id = service.start()
    service.ended(job_id)
    address = f"/jobs/{job_id}/stream?log=0"
    with service.client.stream("GET", address) as answer:
        whole = [block for block in blocks(answer.iter_lines()) if block.event != "state"]
    assert len(whole) == 11
    for cut in range(len(whole) - 1):
        last = {"Last-Event-ID": whole[cut].id}
        with service.client.stream("GET", address, headers=last) as answer:
            rest = [block for block in blocks(answer.iter_lines()) if block.event != "state"]
        assert rest == whole[cut + 1 :]
    last = {"Last-Event-ID": whole[-1].id}
    assert service.client.get(address, headers=last).status_code == 204


def test_an_id_without_a_place_in_the_log(service: Service, home: Home) -> None:
    job_id = service.start()
    service.ended(job_id)
    size = home.job(job_id).events_path.stat().st_size
    last = {"Last-Event-ID": f"1-{size}"}
    with service.client.stream("GET", f"/jobs/{job_id}/stream", headers=last) as answer:
        kinds = {block.event for block in blocks(answer.iter_lines())}
    assert kinds == {"state", "log"}


@pytest.mark.parametrize("last", ["", "x", "1-", "-1-2", "1-2-3-4", "9" * 40])
def test_a_strange_id_starts_from_the_beginning(service: Service, last: str) -> None:
    job_id = service.start()
    service.ended(job_id)
    headers = {"Last-Event-ID": last} if last else {}
    with service.client.stream("GET", f"/jobs/{job_id}/stream", headers=headers) as answer:
        training = [b for b in blocks(answer.iter_lines()) if b.event == "training"]
    assert training[0].data["event"] == "started"


def test_a_reader_that_leaves_is_forgotten(service: Service, runner: FakeRunner) -> None:
    runner.epochs = 100_000
    job_id = service.start()
    for path in (f"/jobs/{job_id}/stream", "/jobs/stream"):
        with service.client.stream("GET", path) as answer:
            stream = blocks(answer.iter_lines())
            next(stream)
            assert service.streams.open == 1
            stream.close()
        until(lambda: service.streams.open == 0)
    service.client.post(f"/jobs/{job_id}/stop")
    service.ended(job_id)


def test_the_stream_follows_growing_files(service: Service, runner: FakeRunner, home: Home) -> None:
    service.client.post("/queue/pause")
    job_id = service.start()
    directory = home.job(job_id)
    with service.client.stream("GET", f"/jobs/{job_id}/stream") as answer:
        stream = blocks(answer.iter_lines())
        assert next(stream).event == "state"
        EventWriter(directory.events_path, 1).write("notice", message="one")
        assert next(stream).data["message"] == "one"
        with directory.log_path.open("a") as log:
            log.write("half")
            log.flush()
            EventWriter(directory.events_path, 1).write("notice", message="two")
            assert next(stream).data["message"] == "two"
            log.write(" a line\nand <b>\u2028")
            log.flush()
            block = next(stream)
            assert (block.event, block.data["lines"]) == ("log", ["half a line"])
            assert block.data["next"] == len("half a line\n")
    service.client.post(f"/jobs/{job_id}/stop")


def test_the_list_is_sent_on_change(service: Service) -> None:
    service.client.post("/queue/pause")
    with service.client.stream("GET", "/jobs/stream") as answer:
        stream = blocks(answer.iter_lines())
        first = next(stream)
        assert (first.event, first.data) == ("jobs", {"jobs": []})
        job_id = service.start()
        second = next(stream)
        assert [job["id"] for job in second.data["jobs"]] == [job_id]
        service.client.post(f"/jobs/{job_id}/stop")
        assert next(stream).data == {"jobs": []}


def test_deleting_ends_the_stream(service: Service) -> None:
    service.client.post("/queue/pause")
    job_id = service.start()
    with service.client.stream("GET", f"/jobs/{job_id}/stream") as answer:
        stream = blocks(answer.iter_lines())
        next(stream)
        service.client.post(f"/jobs/{job_id}/stop")
        service.client.delete(f"/jobs/{job_id}")
        list(stream)


async def test_a_shorter_log_does_no_harm(orchestrator: Orchestrator, home: Home) -> None:
    from tests.unit.docker_sdk_api.at_hand import add_job, state_of
    from tests.unit.docker_sdk_api.at_hand import until as reached

    job = add_job(home, orchestrator.store)
    await reached(lambda: state_of(orchestrator.store, job.id).ended)
    beyond = Position(1, 10**9, 10**9)
    seen = [event async for event in orchestrator.streams.job(job.id, beyond)]
    assert [event.event for event in seen] == ["state"]
    await asyncio.sleep(0)
