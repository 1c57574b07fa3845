"""Attempts as containers of their own, that outlive the service."""

from __future__ import annotations

import asyncio
import builtins
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import psutil

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import (
    Assignment,
    Capacity,
    Check,
    Handle,
    Liveness,
    Runner,
    Sight,
    StartFailed,
    Unanswered,
)
from docker_sdk_api.runners.docker_checks import docker_checks
from docker_sdk_api.runners.docker_container import JobContainers
from docker_sdk_api.runners.docker_daemon import Daemon
from docker_sdk_api.runners.docker_images import JobImage, JobImages, PresentImages, image_of
from docker_sdk_api.runners.docker_mounts import Unproven
from docker_sdk_api.runners.docker_paths import ProvenPaths
from docker_sdk_api.runners.docker_request import Surroundings, job_request
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import NoEngine
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.logs import log_tail

log = logging.getLogger(__name__)

T = TypeVar("T")

_THREADS = 8
_FRESH_SECONDS = 5.0
_PAGE_SECONDS = 3.0  # that a page waits for a daemon which hangs


class DockerRunner(Runner):
    """Starts agents in the images of their engines, on one Docker daemon.

    `roots` are the folders of datasets; `gpus` gives the UUIDs of the GPUs that are there now;
    `network` is that of downloads. `address` replaces DOCKER_HOST.
    """

    name: ClassVar[str] = "docker"

    def __init__(
        self,
        home: Home,
        images: JobImages,
        *,
        cpu_slots: int = 1,
        gpus: Callable[[], Sequence[str]] = tuple,
        roots: Sequence[Path] = (),
        network: str = "bridge",
        address: str | None = None,
    ) -> None:
        self._home = home
        self._images = images
        self._cpu_slots = cpu_slots
        self._gpus = gpus
        self._network = network
        self._daemon = Daemon(address)
        self._asked_by_pages = Daemon(address, _PAGE_SECONDS)
        self._present = PresentImages(self._asked_by_pages.has_image)
        self._paths = ProvenPaths(self._daemon, home.path, roots, self._some_image)
        self._containers = JobContainers(self._daemon, home)
        self._starting, self._checking = asyncio.Lock(), asyncio.Lock()
        self._checked: tuple[float, builtins.list[Check]] = (float("-inf"), [])
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")

    async def _asked(self, work: Callable[..., T], *arguments: Any) -> T:
        """In a thread of ours: a daemon that hangs holds up nobody else's work."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *arguments)

    def _around(self) -> Surroundings:
        owner = self._home.path.stat()
        return Surroundings(
            installation=self._home.installation(),
            user=f"{owner.st_uid}:{owner.st_gid}",
            memory=psutil.virtual_memory().total,
            network=self._network,
        )

    def _some_image(self) -> JobImage | None:
        """One that is there, for the probe."""
        images = self._images.values()
        return next((image for image in images if self._present.holds(image.reference)), None)

    async def check(self) -> list[Check]:
        """The daemon, the images, the folders as containers see them, and whose they are.

        Found out at most every few seconds: pages that are made at the same time share it.
        """
        async with self._checking:
            if time.monotonic() > self._checked[0]:
                gpus = await asyncio.to_thread(self._gpus)
                things = (self._asked_by_pages, self._images, self._around(), self._home)
                checks = await self._asked(docker_checks, *things, self._paths, gpus)
                self._checked = (time.monotonic() + _FRESH_SECONDS, checks)
            return self._checked[1]

    async def capacity(self) -> Capacity:
        """As set up; nothing while the daemon does not answer or containers see other folders."""
        hold = ""
        try:
            await self._asked(self._daemon.ping)
            around = self._around()
            await self._asked(self._paths.proven, around)
            await self._asked(self._containers.sweep, around.installation)
        except (Unanswered, Unproven) as error:
            hold = error.message
        gpus = await asyncio.to_thread(self._gpus)
        return Capacity(self._cpu_slots, tuple(gpus), hold)

    def plan(self, assignment: Assignment) -> dict[str, Any]:
        """The container that is asked for, its mounts at the paths that we see."""
        return self._request(assignment, self._around())

    def _request(self, assignment: Assignment, around: Surroundings) -> dict[str, Any]:
        return job_request(assignment, self._image(assignment), around)

    def _image(self, assignment: Assignment) -> JobImage:
        return image_of(self._images, JobDirectory(assignment.directory), assignment.engine)

    async def start(self, assignment: Assignment) -> Handle:
        """Create the container, note its id, start it; one of this attempt that lives is it."""
        around = self._around()
        request = self._request(assignment, around)
        async with self._starting:
            try:
                paths = await self._asked(self._paths.proven, around)
                request["config"]["HostConfig"]["Mounts"] = paths.placed(
                    request["config"]["HostConfig"]["Mounts"]
                )
            except Unproven as error:
                raise StartFailed(error.message) from error
            image = self._image(assignment)
            container = await self._asked(self._containers.begin, assignment, request, image)
        return self._handle(assignment.job_id, assignment.attempt, container)

    def _handle(self, job_id: str, attempt: int, container: str) -> Handle:
        return Handle(self.name, job_id, attempt, self._containers.data(container))

    async def poll(self, handle: Handle) -> Sight:
        """By the container's state."""
        try:
            return await self._asked(self._containers.sight, handle)
        except Unanswered:
            return Sight(Liveness.unknown)

    async def stop(self, handle: Handle, *, force: bool = False) -> None:
        """Wake what is held; with `force` kill everything in the container."""
        await self._asked(self._containers.stop, handle, force)

    async def logs(self, handle: Handle, lines: int = 100) -> list[str]:
        """The end of agent.log, or what came before the agent wrote there."""
        directory = JobDirectory(self._home.jobs / handle.job_id)
        told = log_tail(directory.attempt(handle.attempt).agent_log, lines)
        return told or await self._asked(self._daemon.logs, handle.data["id"], lines)

    async def remove(self, handle: Handle) -> None:
        """Remove the container of an attempt that is gone, or about to be."""
        try:
            await self._asked(self._containers.remove, handle)
        except Unanswered as error:
            log.warning("%s's container is removed later: %s", handle.job_id, error.message)

    async def list(self) -> list[Handle]:
        """By labels: what runs and is ours."""
        installation = self._home.installation()
        found = await self._asked(self._containers.running, installation)
        return [self._handle(*attempt, container) for attempt, container in found]

    async def adopt(self, directory: Path, attempt: int) -> Handle | None:
        """By labels."""
        wanted = (directory.name, attempt)
        return next((h for h in await self.list() if (h.job_id, h.attempt) == wanted), None)

    def engine_problem(self, engine: EngineName) -> NoEngine | None:
        """Whether its image is there; a daemon that does not answer is no reason to refuse."""
        image = self._images[engine]
        try:
            present = self._present.holds(image.reference)
        except Unanswered:
            return None
        return None if present else NoEngine(image.absence, field="engine")

    async def close(self) -> None:
        """Leave the containers running."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for daemon in (self._daemon, self._asked_by_pages):
            await asyncio.to_thread(daemon.close)
