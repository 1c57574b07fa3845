"""What the proof of the host's paths does when it cannot be had; the real one is in faults."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, cast

import pytest

from docker_sdk_api.runners.base import StartFailed
from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_mounts import HostPaths
from docker_sdk_api.runners.docker_paths import ProvenPaths
from docker_sdk_api.runners.docker_probe import Unproven, prove
from docker_sdk_api.runners.docker_request import Surroundings

AROUND = Surroundings("0a" * 16, f"{os.getuid()}:{os.getgid()}", 1 << 30, "bridge")
IMAGE = JobImage("segsmith/training-torch:cpu", ("python", "-m", "training_api"))


class Refusing:
    """A daemon that starts nothing, and has two probes of ours: one of now, one left behind."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def containers(self, labels: dict[str, str]) -> list[dict[str, Any]]:
        assert labels["segsmith.role"] == "probe"
        return [{"Id": "now", "Created": time.time()}, {"Id": "old", "Created": 1.0}]

    def remove(self, container: str) -> None:
        self.removed.append(container)

    def create(self, request: dict[str, Any]) -> str:
        raise StartFailed("It starts nothing.")

    def inspected(self, container: str) -> None:
        return None


def test_what_a_killed_service_left_behind_is_removed(tmp_path: Path) -> None:
    daemon = Refusing()
    for name, moment in ((".probe-old", 1.0), (".probe-now", time.time())):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (moment, moment))
    with pytest.raises(Unproven, match="It starts nothing"):
        prove(cast(Daemon, daemon), IMAGE, AROUND, HostPaths(), tmp_path, [])
    assert daemon.removed == ["old"]
    assert [entry.name for entry in tmp_path.iterdir()] == [".probe-now"]


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unproven, match="cannot be prepared for containers: No such file"):
        prove(cast(Daemon, Refusing()), IMAGE, AROUND, HostPaths(), tmp_path / "gone", [])


def test_without_an_image_nothing_is_proven(tmp_path: Path) -> None:
    paths = ProvenPaths(cast(Daemon, Refusing()), tmp_path, [], lambda: None)
    assert paths.proven(AROUND) == HostPaths()  # the start says which image is missing
    with pytest.raises(Unproven, match="Build or load the images"):
        paths.proven(AROUND, certainly=True)
