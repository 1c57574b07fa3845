from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners import process
from docker_sdk_api.runners.base import Assignment, Handle, Liveness, StartFailed
from docker_sdk_api.runners.local import LocalRunner
from docker_sdk_api.runners.process import ProcessIdentity
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import SMALL_AGENT, add_job, state_of, until
from training_api.spec.errors import NoEngine, ReasonCode
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.states import JobState

Make = Callable[[str], LocalRunner]


@pytest.fixture
async def make(home: Home) -> AsyncIterator[Make]:
    """Makes runners of small agents; ends whatever they leave running."""
    made: list[LocalRunner] = []

    def runner(conduct: str = "train") -> LocalRunner:
        made.append(LocalRunner(home.jobs, command=[sys.executable, str(SMALL_AGENT), conduct]))
        return made[-1]

    yield runner
    for runner in made:
        for handle in await runner.list():
            await runner.stop(handle, force=True)
        await runner.close()


def assignment(home: Home, job_id: str, gpus: list[str] | None = None) -> Assignment:
    directory = home.job(job_id)
    directory.attempt(1).path.mkdir(parents=True, exist_ok=True)
    return Assignment(job_id, 1, directory.path, EngineName.torch, gpus or ["cpu"])


def test_the_plan_names_engine_job_and_devices(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", sys.executable)
    plan = LocalRunner(home.jobs).plan(assignment(home, "job-1", ["GPU-a", "GPU-b"]))
    folder = str(home.job("job-1").path.resolve())
    assert plan["argv"] == [sys.executable, "-m", "training_api", folder, "1"]
    assert plan["environment"]["CUDA_VISIBLE_DEVICES"] == "GPU-a,GPU-b"
    # an engine's environment has another of its own
    monkeypatch.setenv("SEGSMITH_COMMAND", "the users' segsmith")
    told = LocalRunner(home.jobs).plan(assignment(home, "job-1"))["environment"]
    assert told["SEGSMITH_COMMAND"] == "the users' segsmith"
    on_cpu = LocalRunner(home.jobs).plan(assignment(home, "job-1"))
    assert on_cpu["environment"]["CUDA_VISIBLE_DEVICES"] == ""


def test_an_engine_that_is_not_installed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGSMITH_TORCH_PYTHON", str(tmp_path / "none"))
    with pytest.raises(NoEngine, match="make setup"):
        LocalRunner(home.jobs).plan(assignment(home, "job-1"))


async def test_the_agent_is_nice_and_on_its_own(home: Home, make: Make) -> None:
    runner = make("train")
    handle = await runner.start(assignment(home, "job-1"))
    agent = psutil.Process(handle.data["pid"])
    assert agent.nice() == 10
    assert os.getsid(agent.pid) == agent.pid != os.getsid(0)
    assert os.readlink(f"/proc/{agent.pid}/fd/0") == "/dev/null"
    log = str(home.job("job-1").attempt(1).agent_log)
    assert os.readlink(f"/proc/{agent.pid}/fd/1") == os.path.realpath(log)


async def test_a_program_that_cannot_be_started(home: Home) -> None:
    runner = LocalRunner(home.jobs, command=["/nowhere/python"])
    with pytest.raises(StartFailed, match="/nowhere/python could not be started"):
        await runner.start(assignment(home, "job-1"))


async def test_a_stranger_with_the_pid_is_neither_seen_nor_signalled(make: Make) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        identity = ProcessIdentity.of(stranger.pid)
        assert identity is not None
        earlier = {**identity.data(), "start": identity.start - 1}
        handle = Handle("local", "job-1", 1, earlier)
        runner = make("train")
        assert (await runner.poll(handle)).liveness is Liveness.gone
        await runner.stop(handle, force=True)
        ProcessIdentity.from_data(earlier).signal(signal.SIGKILL)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_reboot_loses_every_process(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = ProcessIdentity.of(os.getpid())
    assert identity is not None
    assert identity.lives()
    boot = tmp_path / "boot_id"
    boot.write_text("another boot\n")
    monkeypatch.setattr(process, "_BOOT_ID", boot)
    assert not identity.lives()
    sight = await make("train").poll(Handle("local", "job-1", 1, identity.data()))
    assert sight.liveness is Liveness.gone
    assert "machine was restarted" in sight.lost


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen(["true"])
    identity = ProcessIdentity.of(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert identity is not None
    assert not identity.lives()
    child.wait()


async def test_a_suspended_agent_hears_the_stop(home: Home, make: Make) -> None:
    runner = make("train")
    work = assignment(home, "job-1")
    handle = await runner.start(work)
    await until(work.files.is_locked)
    os.kill(handle.data["pid"], signal.SIGSTOP)
    home.request_stop("job-1", 1)
    await runner.stop(handle)
    await until(work.files.result_path.exists)


async def supervised(
    home: Home, store: JobStore, settings: Settings, make: Make, conduct: str
) -> Supervisor:
    supervisor = Supervisor(home, store, make(conduct), settings)
    await supervisor.start()
    return supervisor


async def test_an_agent_that_refuses_fails_the_job(
    home: Home, store: JobStore, settings: Settings, make: Make
) -> None:
    supervisor = await supervised(home, store, settings, make, "refuse")
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id).ended)
    await supervisor.stop()
    with store.read() as rows:
        job = rows.get(job.id)
    assert (job.state, job.reason) == (JobState.failed, ReasonCode.not_started)
    assert "exit code 7: no module named torch" in job.message


async def test_an_agent_that_is_killed_is_repeated(
    home: Home, store: JobStore, settings: Settings, make: Make
) -> None:
    supervisor = await supervised(home, store, settings, make, "vanish")
    job = add_job(home, store)

    def given_up() -> bool:
        with store.read() as rows:
            found = rows.get(job.id)
        return found.state is JobState.interrupted and not found.repeats

    await until(given_up)
    await supervisor.stop()
    with store.read() as rows:
        job = rows.get(job.id)
        assert [attempt.reason for attempt in rows.attempts(job.id)] == [ReasonCode.killed] * 4
    assert "signal 9" in job.message


async def test_a_deaf_job_is_ended_by_force(
    home: Home,
    store: JobStore,
    settings: Settings,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from docker_sdk_api import follower
    from docker_sdk_api.jobs.actions import JobActions

    monkeypatch.setattr(follower, "_FORCE_MARGIN", 0.2)
    short = settings.model_copy(update={"stop_grace_seconds": 0.2})
    supervisor = await supervised(home, store, short, make, "deaf")
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id) is JobState.running)
    JobActions(home, store, supervisor.wake).stop(job.id)
    await until(lambda: state_of(store, job.id).ended)
    await supervisor.stop()
    assert state_of(store, job.id) is JobState.cancelled
    assert await make("train").list() == []


async def test_an_orphaned_trainer_goes_on_alone(
    home: Home, store: JobStore, settings: Settings, make: Make
) -> None:
    """The agent is gone, its lock is held by the trainer: nothing is started beside it."""
    supervisor = await supervised(home, store, settings, make, "train")
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id) is JobState.running)
    await supervisor.stop()
    files = home.job(job.id).attempt(1)
    with store.write() as rows:  # as if the agent had been another process, now gone
        rows.change_attempt(job.id, 1, handle={"boot": process.boot_id(), "pid": 1, "start": -1})
    supervisor = await supervised(home, store, settings, make, "train")
    await asyncio.sleep(0.3)
    assert state_of(store, job.id) is JobState.running
    assert files.is_locked()
    home.request_stop(job.id, 1)
    await until(lambda: state_of(store, job.id) is JobState.cancelled)
    await supervisor.stop()
    with store.read() as rows:
        assert len(rows.attempts(job.id)) == 1
