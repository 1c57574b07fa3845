"""The daemon's refusals and silences, in our words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from docker.errors import APIError

from docker_sdk_api.runners.base import StartFailed, Unanswered
from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import PresentImages
from tests.waiting import PATIENCE
from training_api.spec.errors import ReasonCode

FULL = "mkdir /var/lib/docker/overlay2/0a-init: no space left on device"


class Client:
    """Answers with one refusal; its container never ends."""

    def __init__(self, explanation: str) -> None:
        self._explanation = explanation

    def _refuse(self, *arguments: Any) -> None:
        response = requests.Response()
        response.status_code = 500
        raise APIError("Server Error", response, self._explanation)

    create_container_from_config = start = _refuse

    def kill(self, container: str) -> None:
        """Taken, and without effect: it waits for a disk."""

    def inspect_container(self, container: str) -> dict[str, Any]:
        return {"State": {"Running": True}}


def daemon_with(client: Client) -> Daemon:
    daemon = Daemon("unix:///nowhere/docker.sock")
    daemon._client = client
    return daemon


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[str]:
    """The address of a daemon that takes connections and says nothing."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        yield f"unix://{tmp_path}/s"


@pytest.mark.parametrize("explanation", [FULL, "write /x: disk quota exceeded"])
def test_a_full_disk_of_docker_is_a_full_disk(explanation: str) -> None:
    daemon = daemon_with(Client(explanation))
    request = {"name": "n", "config": {"Image": "i"}}
    for begin in (lambda: daemon.create(request), lambda: daemon.start("c")):
        with pytest.raises(StartFailed, match="Docker's disk is full") as refusal:
            begin()
        assert refusal.value.reason is ReasonCode.disk_full
        assert explanation in refusal.value.message


def test_what_does_not_end_when_it_is_killed_is_not_taken_for_gone() -> None:
    daemon = daemon_with(Client(""))
    with pytest.raises(Unanswered, match="The container 0a0a0a0a0a0a was killed and does not end"):
        daemon.kill("0a" * 32, seconds=0.05)


def test_a_daemon_that_hangs_does_not_answer(hung: str) -> None:
    with pytest.raises(Unanswered, match="does not answer at unix://"):
        Daemon(hung, seconds=0.1).has_image("i")


def test_closing_does_not_wait_for_a_daemon_that_hangs(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        daemon, silent = Daemon(f"unix://{tmp_path}/s", seconds=60.0), threading.Event()

        def ask() -> None:
            with pytest.raises(Unanswered):
                daemon.ping()
            silent.set()

        asking = threading.Thread(target=ask)
        asking.start()
        connection, _ = listening.accept()
        daemon.close()
        assert asking.is_alive()  # it waits for the version still
        connection.close()
        asking.join(PATIENCE)
        assert silent.is_set()


def test_a_silence_is_remembered_for_all_images() -> None:
    asked: list[str] = []

    def silent(reference: str) -> bool:
        asked.append(reference)
        raise Unanswered("It does not answer.")

    images = PresentImages(silent)
    for reference in ("one", "one", "two"):
        with pytest.raises(Unanswered, match="It does not answer"):
            images.holds(reference)
    assert asked == ["one"]
