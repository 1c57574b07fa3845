"""From Start to the trainer's first line in a container: `tests/bench/start_latency.py`.

ours: seconds from the request for a job to the real service until the first line of its log, the
image warm and the queue empty, median of several jobs. reference, in turns with ours: a bare
`docker run` of the same image that imports the same engine and prints one line. The trainer's
first line comes before it imports the engine, so that a user sees at once that the job is there;
beside the goal, therefore, the seconds until the training tells that it has begun (engine loaded,
dataset read), and the same for jobs that are local processes.

Needs the image SEGSMITH_IMAGE_TORCH, by default ours, on the Docker Engine that answers, else on
the tests' own, which is started for it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "build"))

from system_packages import docker_answers

from docker_sdk_api.settings import Settings
from tests.bench.measuring.result import duration, tell
from tests.command_line import CommandLine
from tests.docker_engine import KEPT, started_engine
from training_api.spec.directory import JobDirectory
from training_api.spec.events import read_events

ROOT = Path(__file__).resolve().parents[2]
GOAL = 0.6
LONGEST = 120.0
PYTHON = "/opt/segsmith/.venv-torch/bin/python"
ONE_LINE = "import torch; print('ready', flush=True)"
STEPS = {"epochs": 1, "max_steps": 1, "base_size": 64, "crop_size": 64, "batch_size": 1}


@contextmanager
def an_engine() -> Iterator[None]:
    """The one that answers, or one of the tests' own for as long as this takes."""
    if docker_answers():
        yield
        return
    with started_engine(KEPT / "data") as own:
        os.environ["DOCKER_HOST"] = own.host
        yield


def bare(image: str) -> float:
    """Seconds until a container without us has imported the engine and printed its line."""
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", PYTHON, image]
    began = time.monotonic()
    with subprocess.Popen([*command, "-c", ONE_LINE], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        line = run.stdout.readline()
        seconds = time.monotonic() - began
    if line != "ready\n":
        raise SystemExit(
            f"{image} is not there or imports no torch. Build it: build/build_cpu.yml."
        )
    return seconds


def awaited(seen: Callable[[], Any], began: float) -> float:
    """Seconds since `began` when `seen` is true for the first time."""
    while not seen():
        if time.monotonic() - began > LONGEST:
            raise SystemExit(f"A job was not where it should be after {LONGEST:.0f} s.")
        time.sleep(0.002)
    return time.monotonic() - began


class Started:
    """The real service over the sample dataset, and jobs that are started in it."""

    def __init__(self, home: Path, url: str) -> None:
        self._home = home
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=LONGEST)
        checked = self._client.post("/datasets/dummy_dataset/check").raise_for_status()
        self._version = checked.json()["version"]
        self._count = 0

    def job(self) -> tuple[float, float]:
        """Seconds to the first line of its log, and to its `started` event."""
        self._count += 1
        spec = {"name": f"start {self._count}", "dataset": self._version, "preset": "fast"}
        began = time.monotonic()
        answer = self._client.post("/jobs", json=spec | {"hyper_parameters": STEPS})
        job_id = answer.raise_for_status().json()["id"]
        directory = JobDirectory(self._home / "jobs" / job_id)
        path = directory.log_path
        line = awaited(lambda: path.exists() and path.stat().st_size, began)
        begun = awaited(lambda: _told(directory, "started"), began)
        self._end(job_id)
        return line, begun

    def _end(self, job_id: str) -> None:
        self._client.post(f"/jobs/{job_id}/stop")
        began = time.monotonic()
        ended = {"succeeded", "failed", "cancelled", "interrupted"}
        awaited(lambda: self._client.get(f"/jobs/{job_id}").json()["state"] in ended, began)
        time.sleep(1)  # its container goes, too


def _told(directory: JobDirectory, name: str) -> bool:
    return any(event["event"] == name for _, event in read_events(directory.events_path))


def measured(runner: str, times: int, image: str) -> tuple[list[tuple[float, float]], list[float]]:
    """Jobs under `runner` and, for containers, the reference in turns with them."""
    jobs, reference = [], []
    with tempfile.TemporaryDirectory(prefix="segsmith-start-") as scratch:
        environment = {"SEGSMITH_RUNNER": runner, "SEGSMITH_IMAGE_TORCH": image}
        line = CommandLine(Path(scratch) / "home", **environment)
        with line.service("--datasets", ROOT / "datasets") as service:
            started = Started(line.home, service.url)
            started.job()  # caches warm
            for _ in range(times):
                jobs.append(started.job())
                reference += [bare(image)] if runner == "docker" else []
    return jobs, reference


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    with an_engine():
        measure(parser.parse_args().quick)


def measure(quick: bool) -> None:
    """All figures, told as one line of JSON."""
    image, times = Settings.from_environment().image_torch, 1 if quick else 5
    bare(image)
    jobs, reference = measured("docker", times, image)
    local, _ = measured("local", times, image)
    line, begun = (statistics.median(column) for column in zip(*jobs, strict=True))
    own, own_begun = (statistics.median(column) for column in zip(*local, strict=True))
    goal = duration("first line", line, statistics.median(reference), GOAL)
    tell(
        "start_latency",
        quick,
        [goal],
        until_training={"docker": begun, "local": own_begun},
        local_first_line=own,
        image=image,
    )


if __name__ == "__main__":
    main()
