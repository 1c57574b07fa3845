"""A real service with real job processes is killed with signal 9, or stopped, and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from docker_sdk_api.home import Home
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).resolve().parents[3]
SPEC = {"name": "survivor", "dataset": "dv-test", "preset": "fast"}


class Service:
    """The service's process and a client of it."""

    def __init__(self, folder: Path) -> None:
        script = Path(__file__).with_name("small_service.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        assert url, "the service did not start"
        self.client = httpx.Client(base_url=url, timeout=PATIENCE)

    def view(self, job_id: str) -> Any:
        return self.client.get(f"/jobs/{job_id}").json()

    def reached(self, job_id: str, *states: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while (view := self.view(job_id))["state"] not in states:
            assert time.monotonic() < deadline, view
            time.sleep(0.02)
        return view

    def end(self, number: signal.Signals) -> int:
        self.client.close()
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.end(signal.SIGKILL)


@pytest.fixture(autouse=True)
def _no_agent_stays(home: Home) -> Iterator[None]:
    """End by its own means whatever a failed test leaves running."""
    yield
    for directory in home.jobs.iterdir():
        for attempt in (directory / "attempts").glob("*"):
            (attempt / "stop").touch()


def agents(home: Home, job_id: str) -> list[str]:
    """The log lines of all agents that ever came up for the job."""
    path = home.job(job_id).log_path
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_survives_the_service(home: Home, tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as service:
        job_id = service.client.post("/jobs", json=SPEC).json()["id"]
        service.reached(job_id, "running")
        service.end(number)
    for _ in range(2):  # and two more in a row
        with running(tmp_path) as service:
            view = service.view(job_id)
            assert (view["state"], view["attempt"]) == ("running", 1)
            service.end(signal.SIGKILL)
    with running(tmp_path) as service:
        service.client.post(f"/jobs/{job_id}/stop")
        view = service.reached(job_id, "cancelled")
    assert view["attempt"] == 1
    assert len(agents(home, job_id)) == 1


def test_a_job_that_ends_without_the_service(home: Home, tmp_path: Path) -> None:
    with running(tmp_path) as service:
        job_id = service.client.post("/jobs", json=SPEC).json()["id"]
        service.reached(job_id, "running")
        service.end(signal.SIGKILL)
    home.request_stop(job_id, 1)
    files = home.job(job_id).attempt(1)
    until(files.result_path.exists)
    with running(tmp_path) as service:
        service.reached(job_id, "cancelled")


def test_a_job_that_is_killed_with_the_service_goes_on(home: Home, tmp_path: Path) -> None:
    with running(tmp_path) as service:
        job_id = service.client.post("/jobs", json=SPEC).json()["id"]
        service.reached(job_id, "running")
        agent = int(agents(home, job_id)[0].rsplit(" ", 1)[-1])
        service.end(signal.SIGKILL)
    os.kill(agent, signal.SIGKILL)
    with running(tmp_path) as service:
        until(lambda: service.view(job_id)["attempt"] > 1)
        service.reached(job_id, "running")
        service.client.post(f"/jobs/{job_id}/stop")
        view = service.reached(job_id, "cancelled")
    states = [(entry["state"], entry["reason"]) for entry in view["attempts"]]
    assert states == [("interrupted", "killed"), ("cancelled", None)]
    assert len(agents(home, job_id)) == 2


def test_killed_at_random_moments_of_a_start(home: Home, tmp_path: Path) -> None:
    """Whatever was done when the signal came, one agent runs in the end."""
    for turn in range(4):
        with running(tmp_path) as service:
            answer = service.client.post("/jobs", json=SPEC | {"name": f"turn {turn}"})
            job_id = answer.json()["id"]
            time.sleep(turn * 0.04)
            service.end(signal.SIGKILL)
        with running(tmp_path) as service:
            view = service.reached(job_id, "running")
            assert view["attempt"] == 1
            service.client.post(f"/jobs/{job_id}/stop")
            service.reached(job_id, "cancelled")
            service.end(signal.SIGKILL)
        assert len(agents(home, job_id)) == 1
