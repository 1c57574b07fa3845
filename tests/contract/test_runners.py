"""What every runner promises; a new runner adds a Rig to rigs.RIGS and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners import base
from docker_sdk_api.runners.base import Handle, Liveness, Runner
from tests.contract.rigs import RIGS, DockerRig, Rig
from tests.small_image import remove_containers
from tests.small_image import small_image as small_image
from tests.unit.docker_sdk_api.at_hand import save_version
from training_api.spec.files import write_atomically
from training_api.spec.states import JobState


@pytest.fixture(params=RIGS)
async def rig(request: Any, tmp_path: Path) -> AsyncIterator[Rig]:
    home = Home(tmp_path / "home")
    home.create()
    save_version(home)
    if request.param == "docker":
        DockerRig.image = request.getfixturevalue("small_image")
        DockerRig.address = request.getfixturevalue("docker_engine").host
    rig: Rig = RIGS[request.param](home)
    yield rig
    for handle in await rig.runner.list():
        await rig.runner.stop(handle, force=True)
    await rig.runner.close()
    if request.param == "docker":
        remove_containers(request.getfixturevalue("docker_engine"), home)


async def gone(rig: Rig, handle: Handle) -> bool:
    for _ in range(10_000):
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
    for _ in range(10_000):
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
