"""What every runner promises; a new runner adds a Rig to RIGS and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners import base
from docker_sdk_api.runners.base import Assignment, Handle, Liveness, Runner
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.runners.local import LocalRunner
from tests.unit.docker_sdk_api.at_hand import SMALL_AGENT, save_version, spec_for, until
from training_api.spec.clock import now
from training_api.spec.files import write_atomically, write_json
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.launch import Launch
from training_api.spec.states import JobState


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


RIGS = {"fake": FakeRig, "local": LocalRig}


@pytest.fixture(params=RIGS)
async def rig(request: Any, tmp_path: Path) -> AsyncIterator[Rig]:
    home = Home(tmp_path / "home")
    home.create()
    save_version(home)
    rig: Rig = RIGS[request.param](home)
    yield rig
    for handle in await rig.runner.list():
        await rig.runner.stop(handle, force=True)
    await rig.runner.close()


async def gone(rig: Rig, handle: Handle) -> bool:
    for _ in range(1000):
        if (await rig.runner.poll(handle)).liveness is Liveness.gone:
            return True
        await asyncio.sleep(0.01)
    return False


def test_every_runner_is_tested() -> None:
    def names(kind: type[Runner]) -> set[str]:
        return {entry.name for entry in kind.__subclasses__()}.union(
            *(names(entry) for entry in kind.__subclasses__())
        )

    for path in (Path(base.__file__).parent).glob("*.py"):
        import_module(f"docker_sdk_api.runners.{path.stem}")
    assert set(RIGS) == names(Runner)


async def test_the_plan_is_plain_data(rig: Rig) -> None:
    plan = rig.runner.plan(rig.assignment())
    assert json.loads(json.dumps(plan)) == plan
    assert await rig.runner.list() == []


async def test_checks_and_capacity(rig: Rig) -> None:
    for check in await rig.runner.check():
        assert check.name
        assert check.message.endswith(".")
    assert (await rig.runner.capacity()).cpu_slots >= 1


async def test_start_poll_stop(rig: Rig) -> None:
    assignment = rig.assignment()
    handle = await rig.training(assignment)
    assert (handle.runner, handle.job_id, handle.attempt) == (rig.runner.name, "job-1", 1)
    assert json.loads(json.dumps(handle.data)) == handle.data
    assert (await rig.runner.poll(handle)).liveness is Liveness.alive
    write_atomically(assignment.files.stop_path, b"")
    await rig.runner.stop(handle)
    assert await gone(rig, handle)
    result = assignment.files.result()
    assert result is not None
    assert result.state is JobState.cancelled
    assert not assignment.files.is_locked()


async def test_a_second_start_is_the_first(rig: Rig) -> None:
    assignment = rig.assignment()
    first = await rig.training(assignment)
    assert await rig.runner.start(assignment) == first
    assert await rig.runner.list() == [first]


async def test_starts_at_the_same_moment_are_one(rig: Rig) -> None:
    assignment = rig.assignment()
    handles = await asyncio.gather(*(rig.runner.start(assignment) for _ in range(8)))
    assert all(handle == handles[0] for handle in handles)
    assert len(await rig.runner.list()) == 1


async def test_a_start_after_a_restart_is_the_first(rig: Rig) -> None:
    assignment = rig.assignment()
    first = await rig.training(assignment)
    runner = await rig.restarted()
    assert await runner.start(assignment) == first
    assert await runner.list() == [first]


async def test_adoption(rig: Rig) -> None:
    assignment = rig.assignment()
    assert await rig.runner.adopt(assignment.directory, 1) is None
    first = await rig.training(assignment)
    runner = await rig.restarted()
    assert await runner.adopt(assignment.directory, 1) == first
    assert await runner.adopt(assignment.directory, 2) is None
    assert await runner.adopt(rig.home.job("job-2").path, 1) is None
    assert (await runner.poll(first)).liveness is Liveness.alive


async def test_force_ends_what_does_not_listen(rig: Rig) -> None:
    rig.runner = rig.make("deaf")
    assignment = rig.assignment()
    handle = await rig.training(assignment)
    await rig.runner.stop(handle, force=True)
    assert (await rig.runner.poll(handle)).liveness is Liveness.gone
    assert not assignment.files.is_locked()
    assert assignment.files.result() is None
    await rig.runner.stop(handle, force=True)  # gone is no error
    await rig.runner.stop(handle)


async def test_logs_of_what_never_comes_up(rig: Rig) -> None:
    rig.runner = rig.make("hang")
    handle = await rig.runner.start(rig.assignment())
    for _ in range(500):
        if lines := await rig.runner.logs(handle):
            break
        await asyncio.sleep(0.01)
    assert "agent" in lines[-1]
    assert len(await rig.runner.logs(handle, 1)) == 1
    assert (await rig.runner.poll(handle)).liveness is Liveness.alive
    await rig.runner.stop(handle, force=True)
    assert await gone(rig, handle)


async def test_list_holds_live_attempts_only(rig: Rig) -> None:
    first = await rig.training(rig.assignment("job-1"))
    second = await rig.training(rig.assignment("job-2", 3))
    found = {(handle.job_id, handle.attempt) for handle in await rig.runner.list()}
    assert found == {("job-1", 1), ("job-2", 3)}
    await rig.runner.stop(first, force=True)
    assert await rig.runner.list() == [second]


async def test_remove_is_harmless_at_any_time(rig: Rig) -> None:
    assignment = rig.assignment()
    handle = await rig.training(assignment)
    await rig.runner.remove(handle)
    assert (await rig.runner.poll(handle)).liveness is Liveness.alive
    await rig.runner.stop(handle, force=True)
    await rig.runner.remove(handle)
    await rig.runner.remove(handle)
    assert (await rig.runner.poll(handle)).liveness is Liveness.gone


async def test_an_attempt_starts_again_when_it_is_gone(rig: Rig) -> None:
    assignment = rig.assignment()
    handle = await rig.training(assignment)
    await rig.runner.stop(handle, force=True)
    again = await rig.training(assignment)
    assert (await rig.runner.poll(again)).liveness is Liveness.alive
    assert len(await rig.runner.list()) == 1


async def test_the_service_environment_stays_outside(rig: Rig) -> None:
    """Whatever a runner sets for its attempts, it sets for them only."""
    before = dict(os.environ)
    await rig.training(rig.assignment())
    assert dict(os.environ) == before
