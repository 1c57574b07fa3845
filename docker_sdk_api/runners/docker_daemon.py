"""The daemon's API as far as it is needed, its failures in our words. Blocking; thread-safe."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from docker_sdk_api.runners.base import StartFailed, Unanswered
from docker_sdk_api.runners.docker_labels import Labels
from docker_sdk_api.runners.docker_request import Request
from training_api.spec.errors import ReasonCode

T = TypeVar("T")

_TIMEOUT_SECONDS = 15.0
_NO_GPU = "could not select device driver"
_FULL = ("no space left on device", "disk quota exceeded")


class NameInUse(Exception):
    """There is a container of this name."""


class Daemon:
    """One Docker daemon: that of `address`, else of DOCKER_HOST, else the machine's own socket.

    Every method raises Unanswered when it does not answer, within `seconds` to a single question.
    """

    def __init__(self, address: str | None = None, seconds: float = _TIMEOUT_SECONDS) -> None:
        environment = docker.utils.kwargs_from_env()
        self._seconds = seconds
        self._arguments = environment | ({"base_url": address} if address else {})
        self.address = self._arguments.get("base_url") or "unix:///var/run/docker.sock"
        self._client: docker.APIClient | None = None
        self._guard = threading.Lock()

    def _asked(self, question: Callable[[Any], T]) -> T:
        try:
            return question(self._connected())
        except APIError as error:
            if error.response is None or error.status_code in (502, 503, 504):
                raise self._unanswered(error) from error
            raise
        except (requests.RequestException, DockerException, OSError) as error:
            raise self._unanswered(error) from error

    def _connected(self) -> docker.APIClient:
        """The client; made when the daemon answers first, for its version is asked for.

        Nobody is kept waiting by that question: of two that were made at once one is let go.
        """
        if self._client is None:
            options = {"version": "auto", "timeout": self._seconds}
            made = docker.APIClient(**(self._arguments | options))
            with self._guard:
                if self._client is None:
                    self._client = made
                else:
                    made.close()
        return self._client

    def _unanswered(self, error: Exception) -> Unanswered:
        return Unanswered(
            f"The Docker daemon does not answer at {self.address} ({type(error).__name__}). Start "
            "it (`systemctl start docker`), and see that this user may use its socket."
        )

    def close(self) -> None:
        """Close the connections."""
        with self._guard:
            if self._client is not None:
                self._client.close()

    def ping(self) -> None:
        """Ask for an answer, and nothing else."""
        self._asked(lambda client: client.ping())

    def facts(self) -> dict[str, Any]:
        """`docker info`."""
        return self._asked(lambda client: dict(client.info()))

    def has_image(self, reference: str) -> bool:
        """Whether the image is there; nothing is pulled."""
        try:
            self._asked(lambda client: client.inspect_image(reference))
        except (ImageNotFound, NotFound):
            return False
        return True

    def create(self, request: Request) -> str:
        """The id of the new container. Raises NameInUse, or StartFailed with the reason."""
        name, config = request["name"], request["config"]
        try:
            made = self._asked(lambda client: client.create_container_from_config(config, name))
        except APIError as error:
            if error.status_code == 409:
                raise NameInUse(name) from error
            if error.status_code == 404:
                message = f"The image {config['Image']} is not there."
                raise StartFailed(message, ReasonCode.no_image) from error
            raise _not_started(error) from error
        return str(made["Id"])

    def start(self, container: str) -> None:
        """Start it; one that runs is left alone. Raises StartFailed."""
        try:
            self._asked(lambda client: client.start(container))
        except APIError as error:
            raise _not_started(error) from error

    def inspected(self, container: str) -> dict[str, Any] | None:
        """A container by id or name; None if there is none."""
        try:
            return self._asked(lambda client: dict(client.inspect_container(container)))
        except NotFound:
            return None

    def containers(self, labels: Labels) -> list[dict[str, Any]]:
        """All that have these labels, running or not: Id, Labels, State and more."""
        wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
        return self._asked(lambda client: [*client.containers(all=True, filters=wanted)])

    def kill(self, container: str, seconds: float = 10.0) -> None:
        """End everything in it; returns when nothing is left. What is gone is no error.

        Raises Unanswered if it lives on for `seconds`, as what waits for a disk does.
        """
        with contextlib.suppress(NotFound), self._unless_idle():
            self._asked(lambda client: client.kill(container))
        if not self.wait(container, seconds):
            raise Unanswered(
                f"The container {container[:12]} was killed and does not end. Look for a disk or "
                "a GPU that does not answer (`dmesg`); restart the machine if it stays."
            )

    def wait(self, container: str, seconds: float) -> bool:
        """True once it does not run, False if it still does after `seconds`."""
        deadline = time.monotonic() + seconds
        while (found := self.inspected(container)) is not None and found["State"]["Running"]:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def unpause(self, container: str) -> None:
        """Let it go on, if it is held."""
        with contextlib.suppress(NotFound), self._unless_idle():
            self._asked(lambda client: client.unpause(container))

    def remove(self, container: str) -> None:
        """Remove it with all that it left, running or not."""
        with contextlib.suppress(NotFound), self._unless_idle():
            self._asked(lambda client: client.remove_container(container, v=True, force=True))

    def logs(self, container: str, lines: int) -> list[str]:
        """The last lines of its output."""
        try:
            text = self._asked(lambda client: client.logs(container, tail=lines))
        except NotFound:
            return []
        return [*bytes(text).decode("utf-8", "replace").splitlines()]

    @contextlib.contextmanager
    def _unless_idle(self) -> Iterator[None]:
        """Pass over Docker's complaint that it does not run, is not held, or is being removed."""
        try:
            yield
        except APIError as error:
            if error.status_code not in (409, 500) or not _is_idle(error):
                raise


def _is_idle(error: APIError) -> bool:
    text = str(error.explanation or "").lower()
    return any(sign in text for sign in ("not running", "not paused", "already in progress"))


def _not_started(error: APIError) -> StartFailed:
    said = str(error.explanation or error).strip().rstrip(".")
    if any(sign in said.lower() for sign in _FULL):
        return StartFailed(
            f"Docker's disk is full. Free some space there (`docker system df`): {said}.",
            ReasonCode.disk_full,
        )
    if _NO_GPU in said:
        return StartFailed(
            "Docker cannot give a GPU to a container here. Install the NVIDIA Container Toolkit, "
            "restart Docker, and resume the job.",
            ReasonCode.no_gpu,
        )
    return StartFailed(f"Docker did not start the job's container: {said}.")
