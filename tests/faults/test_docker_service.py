"""The service is killed with signal 9 at each step between the intent and the start."""

from __future__ import annotations

import os
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
from tests.docker_engine import DockerEngine
from tests.faults.container_jobs import containers
from tests.faults.container_service import STEPS
from tests.small_image import remove_containers
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).resolve().parents[2]
SPEC = {"name": "survivor", "dataset": "dv-test", "preset": "fast"}


@contextmanager
def service(home: Home, engine: DockerEngine, image: str, step: str = "") -> Iterator[Any]:
    """(its process, a client of it)"""
    script = Path(__file__).with_name("container_service.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(home.path.parent), image, step],
        stdout=subprocess.PIPE,
        text=True,
        env=engine.environment | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "build")])},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the service did not start"
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def reached(client: httpx.Client, job_id: str, state: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while (view := client.get(f"/jobs/{job_id}").json())["state"] != state:
        assert time.monotonic() < deadline, view
        time.sleep(0.05)
    return view


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step(
    docker_engine: DockerEngine, small_image: str, home: Home, step: str
) -> None:
    """No job is lost, none is started twice, and nothing is left of a deleted one."""
    try:
        with service(home, docker_engine, small_image, step) as (process, client):
            job_id = client.post("/jobs", json=SPEC).json()["id"]
            assert process.wait(PATIENCE) == -9
        with service(home, docker_engine, small_image) as (_, client):
            assert reached(client, job_id, "running")["attempt"] == 1
            assert len(containers(docker_engine, home)) == 1
            client.post(f"/jobs/{job_id}/stop")
            assert reached(client, job_id, "cancelled")["attempt"] == 1
            assert len(home.job(job_id).log_path.read_text().splitlines()) == 1
            assert client.delete(f"/jobs/{job_id}").status_code < 300
            until(lambda: not containers(docker_engine, home))
    finally:
        remove_containers(docker_engine, home)


def test_adopted_after_the_service_was_killed(
    docker_engine: DockerEngine, small_image: str, home: Home
) -> None:
    try:
        with service(home, docker_engine, small_image) as (_, client):
            job_id = client.post("/jobs", json=SPEC).json()["id"]
            reached(client, job_id, "running")
        for _ in range(2):
            with service(home, docker_engine, small_image) as (_, client):
                view = client.get(f"/jobs/{job_id}").json()
                assert (view["state"], view["attempt"]) == ("running", 1)
        home.request_stop(job_id, 1)  # it ends while nobody looks
        files = home.job(job_id).attempt(1)
        until(files.result_path.exists)
        with service(home, docker_engine, small_image) as (_, client):
            reached(client, job_id, "cancelled")
        assert len(home.job(job_id).log_path.read_text().splitlines()) == 1
    finally:
        remove_containers(docker_engine, home)
