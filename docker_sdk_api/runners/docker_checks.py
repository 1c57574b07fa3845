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
from docker_sdk_api.system.engines import ENGINE_TITLES

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
        answer = f"Docker {facts['ServerVersion']} answers at {daemon.address}."
        checks = [
            Check("docker", "Docker", True, answer),
            *_images(daemon, images),
            _folders(paths, around),
        ]
    except Unanswered as error:
        return [Check("docker", "Docker", False, error.message)]
    return [*checks, _owner(around, home.path), _socket(home.path), *_gpus(facts, gpus)]


def _images(daemon: Daemon, images: JobImages) -> Iterator[Check]:
    for engine, image in images.items():
        present = daemon.has_image(image.reference)
        message = f"The image {image.reference} is there." if present else image.absence
        title = f"Image for {ENGINE_TITLES[engine]}" if engine else "Image for downloads"
        yield Check(f"image_{engine or 'service'}", title, present, message)


def _folders(paths: ProvenPaths, around: Surroundings) -> Check:
    title = "Folders in containers"
    try:
        paths.proven(around, certainly=True)
    except Unproven as error:
        return Check("docker_folders", title, False, error.message)
    message = "Containers see the home and the datasets as they are."
    return Check("docker_folders", title, True, message)


def _owner(around: Surroundings, home: Path) -> Check:
    good = not around.user.startswith("0:")
    message = f"Jobs run as the data's owner, {around.user}."
    if not good:
        message = f"Jobs run as root, for root owns {home}. "
        message += f"Give it to a user: `chown -R USER {home}`."
    return Check("docker_user", "Account of jobs", good, message)


def _socket(home: Path) -> Check:
    """A container without a network has no other way in."""
    size = len(os.fsencode(home.resolve() / _SOCKET))
    good = size <= _LONGEST_SOCKET_PATH
    message = "Running jobs can be asked through their sockets."
    if not good:
        message = f"The path of {home.resolve()} is too long for running jobs to be asked; move it."
    return Check("docker_socket", "Sockets of jobs", good, message)


def _gpus(facts: dict[str, object], gpus: Sequence[str]) -> Iterator[Check]:
    if not gpus:
        return
    runtimes = facts.get("Runtimes")
    present = isinstance(runtimes, dict) and "nvidia" in runtimes
    message = "Docker gives GPUs to containers."
    if not present:
        message = "Docker cannot give GPUs to containers. Install the NVIDIA Container Toolkit."
    yield Check("docker_gpus", "GPUs in containers", present, message)
