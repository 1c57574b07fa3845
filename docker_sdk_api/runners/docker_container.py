"""The containers of attempts: begun, looked at, removed. Blocking; thread-safe."""

from __future__ import annotations

import logging
import time
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Assignment, Handle, Liveness, Sight, StartFailed, Unanswered
from docker_sdk_api.runners.docker_daemon import Daemon, NameInUse
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.docker_labels import attempt_of, bears, job_labels
from docker_sdk_api.runners.docker_owner import hand_over
from docker_sdk_api.runners.docker_request import Request
from docker_sdk_api.runners.process import boot_id
from training_api.spec.directory import AttemptDirectory, JobDirectory
from training_api.spec.errors import ReasonCode
from training_api.spec.files import write_atomically, write_json

log = logging.getLogger(__name__)

_TRIES = 5
_LIVE = frozenset({"running", "paused", "restarting"})
_END_SECONDS = 10.0  # between an agent's result and its end
_SWEEP_SECONDS = 60.0
_KEPT_LINES = 100


class JobContainers:
    """Those of one installation. Raises Unanswered throughout."""

    def __init__(self, daemon: Daemon, home: Home) -> None:
        self._daemon = daemon
        self._home = home
        self._away: set[str] = set()  # the daemon did not answer since they were seen alive
        self._next_sweep = 0.0

    def data(self, container: str) -> dict[str, Any]:
        """What a handle keeps."""
        return {"id": container, "boot": boot_id()}

    def begin(self, assignment: Assignment, request: Request, image: JobImage) -> str:
        """The id of the attempt's container, which runs now. Raises StartFailed."""
        hand_over(request["config"]["HostConfig"]["Mounts"], request["config"]["User"])
        for _ in range(_TRIES):
            container = self._created(request, image)
            if container is not None:
                note = {"schema": 1, "id": container, "name": request["name"]}
                path = assignment.files.path / "container.json"
                write_json(path, note | {"image": image.reference})
                self._started(container)
                return container
        raise StartFailed(f"The container name {request['name']} stays taken. Resume the job.")

    def _created(self, request: Request, image: JobImage) -> str | None:
        """A new container, or the attempt's own that has not ended; None to try again."""
        try:
            return self._daemon.create(request)
        except NameInUse:
            return self._own(request)
        except StartFailed as error:
            if error.reason is not ReasonCode.no_image:
                raise
            message = f"{image.absence} Then resume the job."
            raise StartFailed(message, ReasonCode.no_image) from error

    def _own(self, request: Request) -> str | None:
        found = self._daemon.inspected(request["name"])
        if found is None:
            return None
        if not bears(found, request["config"]["Labels"]):
            raise StartFailed(
                f"The container name {request['name']} is taken by a container that is not ours "
                f"(image {found['Config']['Image']}). Rename or remove it, and resume the job."
            )
        if found["State"]["Status"] in {*_LIVE, "created"}:
            return str(found["Id"])
        self._daemon.remove(found["Id"])
        return None

    def _started(self, container: str) -> None:
        try:
            self._daemon.start(container)
        except StartFailed:
            self._daemon.remove(container)
            raise

    def sight(self, handle: Handle) -> Sight:
        """Alive, or gone with what the container's state tells. Keeps its last words."""
        container = handle.data["id"]
        try:
            found = self._found(handle)
        except Unanswered:
            self._away.add(container)
            raise
        state = found["State"] if found else {}
        if state.get("Status") in _LIVE:
            self._away.discard(container)
            return Sight(Liveness.alive)
        lost = self._lost(handle)
        if found is None:
            return Sight(Liveness.gone, lost=lost)
        self._keep_words(handle)
        code = int(state["ExitCode"])
        limit = found["HostConfig"]["Memory"] if state.get("OOMKilled") else None
        return Sight(Liveness.gone, exit_code=_exit_code(code), lost=lost, memory=limit)

    def _found(self, handle: Handle) -> dict[str, Any] | None:
        """None for one that is not ours: the handles of a copied home lead to the first's."""
        found = self._daemon.inspected(handle.data["id"])
        labels = job_labels(self._home.installation(), handle.job_id, handle.attempt)
        return found if found is not None and bears(found, labels) else None

    def _lost(self, handle: Handle) -> str:
        if handle.data["boot"] != boot_id():
            return "The machine was restarted while the job ran."
        if handle.data["id"] in self._away:
            return "The Docker daemon went down while the job ran."
        return ""

    def _keep_words(self, handle: Handle) -> None:
        """What it said before the agent wrote to its own log would go with the container."""
        path = self._files(handle.job_id, handle.attempt).agent_log
        if path.parent.is_dir() and not (path.exists() and path.stat().st_size):
            lines = self._daemon.logs(handle.data["id"], _KEPT_LINES)
            write_atomically(path, "".join(f"{line}\n" for line in lines).encode())

    def stop(self, handle: Handle, force: bool) -> None:
        """Wake what is held; with `force` kill everything in the container."""
        if self._found(handle) is None:
            return
        self._daemon.unpause(handle.data["id"])
        if force:
            self._daemon.kill(handle.data["id"])

    def remove(self, handle: Handle) -> None:
        """Remove what has ended, and what has written its result and is about to end."""
        container = handle.data["id"]
        found = self._found(handle)
        if found is None:
            return
        if found["State"]["Status"] in _LIVE:
            files = self._files(handle.job_id, handle.attempt)
            if files.path.exists() and not files.result_path.exists():
                return
            self._daemon.wait(container, _END_SECONDS)
        self._daemon.remove(container)
        self._away.discard(container)

    def running(self, installation: str) -> list[tuple[tuple[str, int], str]]:
        """((job id, attempt), container id) of all that live."""
        found = self._daemon.containers(job_labels(installation))
        pairs = [(attempt_of(c["Labels"]), str(c["Id"])) for c in found if c["State"] in _LIVE]
        return [(attempt, container) for attempt, container in pairs if attempt is not None]

    def sweep(self, installation: str) -> None:
        """Now and then remove what has ended and is over, or whose job was deleted.

        What lives is left alone, whatever the files say: they may be those of another folder.
        """
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + _SWEEP_SECONDS
        for container in self._daemon.containers(job_labels(installation)):
            attempt = attempt_of(container["Labels"])
            if attempt is not None and self._is_over(*attempt, container["State"]):
                log.info("The container of %s, attempt %d, is removed", *attempt)
                self._daemon.remove(container["Id"])

    def _is_over(self, job_id: str, attempt: int, state: str) -> bool:
        if state in _LIVE or not self._home.jobs.is_dir():
            return False
        files = self._files(job_id, attempt)
        return not files.path.exists() or files.result_path.exists()

    def _files(self, job_id: str, attempt: int) -> AttemptDirectory:
        return JobDirectory(self._home.jobs / job_id).attempt(attempt)


def _exit_code(code: int) -> int:
    """As a process's: negative for a signal."""
    return 128 - code if 128 < code <= 192 else code
