"""One rig per runner, all driven through the same cases by test_runners.py."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import ClassVar

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Assignment, Handle, Runner
from docker_sdk_api.runners.docker import DockerRunner
from docker_sdk_api.runners.docker_images import JobImage
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.runners.local import LocalRunner
from tests.small_image import PYTHON
from tests.small_image import SMALL_AGENT as SMALL_AGENT_INSIDE
from tests.unit.docker_sdk_api.at_hand import SMALL_AGENT, spec_for, until
from training_api.spec.clock import now
from training_api.spec.files import write_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.launch import Launch


class Rig(ABC):
    """A runner in a home, whose attempts train until they are told to stop."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.runner = self.make("train")

    @abstractmethod
    def make(self, conduct: str) -> Runner:
        """A runner whose attempts behave so: train, hang (never come up) or deaf (do not stop)."""

    @abstractmethod
    async def restarted(self) -> Runner:
        """The runner as the next process of the service has it."""

    def assignment(self, job_id: str = "job-1", attempt: int = 1) -> Assignment:
        """An attempt whose files are written."""
        directory = self.home.job(job_id)
        files = directory.attempt(attempt)
        files.path.mkdir(parents=True, exist_ok=True)
        if not directory.spec_path.exists():
            write_json(directory.spec_path, spec_for(job_id).document())
        Launch(
            job_id=job_id,
            attempt=attempt,
            dataset_manifest=str(self.home.datasets / "dv-test.json"),
            dataset_root="",
            models_dir=str(self.home.models),
            model_id=f"model-{job_id}-{attempt}",
            created=now(),
        ).save(files.launch_path)
        return Assignment(job_id, attempt, directory.path, EngineName.torch)

    async def training(self, assignment: Assignment) -> Handle:
        """Started, and come up."""
        handle = await self.runner.start(assignment)
        await until(assignment.files.is_locked)
        return handle


class FakeRig(Rig):
    def make(self, conduct: str) -> Runner:
        kinds = {"hang": Conduct.never_starting}
        return FakeRunner(kinds.get(conduct, Conduct.normal), epochs=100_000)

    async def restarted(self) -> Runner:
        return self.runner  # as a daemon, it outlives its users


class LocalRig(Rig):
    def make(self, conduct: str) -> Runner:
        return LocalRunner(self.home.jobs, command=[sys.executable, str(SMALL_AGENT), conduct])

    async def restarted(self) -> Runner:
        await self.runner.close()
        self.runner = self.make("train")
        return self.runner


class DockerRig(Rig):
    """On the real engine, in a small image."""

    image: ClassVar[str]
    address: ClassVar[str]

    def make(self, conduct: str) -> Runner:
        small = JobImage(self.image, (PYTHON, SMALL_AGENT_INSIDE, conduct))
        return DockerRunner(
            self.home, dict.fromkeys([None, *EngineName], small), address=self.address
        )

    async def restarted(self) -> Runner:
        await self.runner.close()
        self.runner = self.make("train")
        return self.runner


RIGS = {"fake": FakeRig, "local": LocalRig, "docker": DockerRig}
