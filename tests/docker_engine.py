"""A real Docker Engine for the tests: the one that answers, else one started for this run.

An engine of the tests' own keeps images and layers below `.setup/docker` from run to run; it is
stopped at the end of the run by its process id, no other is ever touched.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from console import LOGS, SetupError
from system_packages import compose_command, docker_answers, require_docker

KEPT = LOGS / "docker"
READY_SECONDS = 300.0
STOP_SECONDS = 60.0


@dataclass(frozen=True)
class DockerEngine:
    """How commands reach the engine: the environment in which docker and compose run."""

    host: str  # what DOCKER_HOST says; '' for the client's own default
    own: bool  # started by the tests

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, pointed at the engine."""
        named = {"DOCKER_HOST": self.host} if self.host else {}
        # Debian's engine has the classic builder only; a newer client would look for its own.
        builder = {"DOCKER_BUILDKIT": "0"} if self.own or self._is_old() else {}
        return os.environ | named | builder

    def docker(self, *arguments: str, check: bool = True, **options: Any) -> str:
        """What `docker ARGUMENTS` prints, stripped; a failure shows what it said."""
        done = subprocess.run(
            ["docker", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            **({"timeout": 600} | options),
        )
        said = f"docker {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        assert not check or done.returncode == 0, said
        return done.stdout.strip()

    def has_image(self, name: str) -> bool:
        """Whether the engine holds an image of this name."""
        return bool(self.docker("image", "ls", "--quiet", name))

    def _is_old(self) -> bool:
        command = ["docker", "version", "--format", "{{.Server.Version}}"]
        asked = subprocess.run(command, capture_output=True, text=True)
        major = asked.stdout.partition(".")[0]
        return major.isdigit() and int(major) < 23


def compose() -> list[str]:
    """The compose command of this machine, made sure of by `docker_engine`."""
    command = compose_command()
    assert command, "neither docker-compose nor the compose plugin of docker is there"
    return command


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """The engine of this test run. Without one the test fails with the sentence that says why."""
    try:
        require_docker()
    except SetupError as error:
        pytest.fail(str(error), pytrace=False)
    if docker_answers():
        yield DockerEngine(host=os.environ.get("DOCKER_HOST", ""), own=False)
        return
    with _lock(KEPT / "lock"), started_engine(KEPT / "data") as engine:
        yield engine


@contextmanager
def started_engine(data: Path) -> Iterator[DockerEngine]:
    """An engine over `data`, alive while the context lives. Needs root.

    Its socket is in a folder with a short name: a unix socket's path has a limit of 107 bytes.
    """
    data.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="segsmith-docker-"))
    host = f"unix://{place}/docker.sock"
    command = ["dockerd", "--data-root", str(data), "--exec-root", f"{place}/exec"]
    command += ["--host", host, "--pidfile", f"{place}/pid"]
    log = data.with_name(f"{data.name}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait_until_it_answers(host, process, log)
        yield DockerEngine(host=host, own=True)
    finally:
        stop(process)
        _unmount_below(place)
        shutil.rmtree(place, ignore_errors=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one dockerd and, with it, its containers."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _wait_until_it_answers(host: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        asked = subprocess.run(["docker", "-H", host, "info"], capture_output=True)
        if asked.returncode == 0:
            return
        time.sleep(0.3)
    said = log.read_text(errors="replace")[-2000:]
    pytest.fail(f"dockerd did not start; the end of {log} says:\n{said}", pytrace=False)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One test run of this checkout at a time: two engines cannot share their data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _unmount_below(place: Path) -> None:
    """What an engine that was killed left mounted, innermost first."""
    lines = Path("/proc/mounts").read_text().splitlines()
    mounts = [line.split()[1] for line in lines]
    for mount in sorted((m for m in mounts if m.startswith(f"{place}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], capture_output=True)
