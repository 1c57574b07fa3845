"""The agent's socket is the way into a container that has no network."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from docker_sdk_api.agent_proxy import AgentProxy
from docker_sdk_api.home import Home
from tests.docker_engine import DockerEngine
from tests.faults.conftest import Begin
from tests.faults.container_jobs import agent_over, home_in
from tests.small_image import PYTHON
from tests.unit.docker_sdk_api.at_hand import add_job, until
from training_api.spec.states import JobState

WAITS = """
import sys, time
from pathlib import Path
print("waiting", flush=True)
attempt = Path(sys.argv[1], "attempts", sys.argv[2])
while not (attempt / "stop").exists():
    time.sleep(0.02)
"""
ASKS = """
import sys, httpx
client = httpx.Client(transport=httpx.HTTPTransport(uds=sys.argv[1]), base_url="http://agent")
print(client.get("/logs").text)
"""


@pytest.fixture
def home() -> Iterator[Home]:
    """At a place with a short name: a socket's path has a limit."""
    with tempfile.TemporaryDirectory(prefix="segsmith-") as folder:
        yield home_in(Path(folder))


async def test_it_is_heard_on_the_host_and_in_another_container(
    begin: Begin, docker_engine: DockerEngine, home: Home, small_image: str
) -> None:
    running = await begin(agent_over(WAITS))
    job = add_job(home, running.store)
    await running.reached(job.id, JobState.running)
    files = home.job(job.id).attempt(1)
    await until(files.endpoint_path.exists)
    await until(lambda: "waiting" in home.job(job.id).log_path.read_text())
    proxy = AgentProxy(home, running.store)
    endpoint = proxy.endpoint(job.id)
    assert endpoint.socket == str(files.path / "agent.sock")
    answer = await proxy.forward(endpoint, "GET", "logs", "", {}, b"")
    here = b"".join([piece async for piece in answer.body])
    place = f"{home.path}:{home.path}"
    words = ("--network", "none", "--volume", place, small_image, PYTHON, "-c", ASKS)
    beside = docker_engine.docker("run", "--rm", *words, endpoint.socket)
    assert json.loads(here)["lines"] == json.loads(beside)["lines"] == ["waiting"]
    running.actions.stop(job.id)
    assert (await running.ended(job.id)).state is not JobState.running
