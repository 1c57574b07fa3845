"""What the Docker runner needs, present or not, as sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Check, Unanswered
from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import JobImages
from docker_sdk_api.runners.docker_mounts import Unproven
from docker_sdk_api.runners.docker_paths import ProvenPaths
from docker_sdk_api.runners.docker_request import Surroundings

_LONGEST_SOCKET_PATH = 100  # bytes; as the agent's
_SOCKET = "jobs/job-000000000000/attempts/100/agent.sock"


def docker_checks(
    daemon: Daemon,
    images: JobImages,
    around: Surroundings,
    home: Home,
    paths: ProvenPaths,
    gpus: Sequence[str],
) -> list[Check]:
    """All of them; of a daemon that does not answer nothing more can be told. Blocking."""
    try:
        facts = daemon.facts()
        checks = [
            Check("docker", True, f"Docker {facts['ServerVersion']} answers at {daemon.address}."),
            *_images(daemon, images),
            _folders(paths, around),
        ]
    except Unanswered as error:
        return [Check("docker", False, error.message)]
    return [*checks, _owner(around, home.path), _socket(home.path), *_gpus(facts, gpus)]


def _images(daemon: Daemon, images: JobImages) -> Iterator[Check]:
    for engine, image in images.items():
        present = daemon.has_image(image.reference)
        message = f"The image {image.reference} is there." if present else image.absence
        yield Check(f"image_{engine or 'service'}", present, message)


def _folders(paths: ProvenPaths, around: Surroundings) -> Check:
    try:
        paths.proven(around, certainly=True)
    except Unproven as error:
        return Check("docker_folders", False, error.message)
    return Check("docker_folders", True, "Containers see the home and the datasets as they are.")


def _owner(around: Surroundings, home: Path) -> Check:
    if not around.user.startswith("0:"):
        return Check("docker_user", True, f"Jobs run as the data's owner, {around.user}.")
    message = f"Jobs run as root, for root owns {home}. Give it to a user: `chown -R USER {home}`."
    return Check("docker_user", False, message)


def _socket(home: Path) -> Check:
    """A container without a network has no other way in."""
    size = len(os.fsencode(home.resolve() / _SOCKET))
    if size <= _LONGEST_SOCKET_PATH:
        return Check("docker_socket", True, "Running jobs can be asked through their sockets.")
    message = f"The path of {home.resolve()} is too long for running jobs to be asked; move it."
    return Check("docker_socket", False, message)


def _gpus(facts: dict[str, object], gpus: Sequence[str]) -> Iterator[Check]:
    if not gpus:
        return
    runtimes = facts.get("Runtimes")
    present = isinstance(runtimes, dict) and "nvidia" in runtimes
    message = "Docker gives GPUs to containers."
    if not present:
        message = "Docker cannot give GPUs to containers. Install the NVIDIA Container Toolkit."
    yield Check("docker_gpus", present, message)
