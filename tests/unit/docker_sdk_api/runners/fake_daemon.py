"""A daemon in memory: containers by id, with the calls that were made."""

from __future__ import annotations

from typing import Any

from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_labels import Labels


class FakeDaemon(Daemon):
    """Holds containers as `docker inspect` shows them; removes and kills what it is told to."""

    def __init__(self) -> None:
        super().__init__("unix:///nowhere/docker.sock")
        self.held: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []

    def hold(self, container: str, labels: Labels, status: str = "running") -> None:
        """Have a container."""
        state = {"Status": status, "Running": status == "running", "ExitCode": 0}
        self.held[container] = {
            "Id": container,
            "Config": {"Labels": dict(labels)},
            "State": state,
            "HostConfig": {"Memory": 0},
        }

    def inspected(self, container: str) -> dict[str, Any] | None:
        return self.held.get(container)

    def containers(self, labels: Labels) -> list[dict[str, Any]]:
        return [
            {"Id": name, "Labels": entry["Config"]["Labels"], "State": entry["State"]["Status"]}
            for name, entry in self.held.items()
            if labels.items() <= entry["Config"]["Labels"].items()
        ]

    def remove(self, container: str) -> None:
        self.calls.append(("remove", container))
        self.held.pop(container, None)

    def kill(self, container: str, seconds: float = 10.0) -> None:
        self.calls.append(("kill", container))

    def unpause(self, container: str) -> None:
        self.calls.append(("unpause", container))

    def logs(self, container: str, lines: int) -> list[str]:
        return []
