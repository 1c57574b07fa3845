from __future__ import annotations

import asyncio
import shutil

import pytest

from docker_sdk_api.database.connection import Database
from docker_sdk_api.database.migrate import upgrade
from docker_sdk_api.follower import Follower
from docker_sdk_api.home import Home
from docker_sdk_api.jobs.actions import JobActions
from docker_sdk_api.jobs.rebuild import reconcile_directories
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.runners.fake_agent import Conduct
from docker_sdk_api.settings import Settings
from docker_sdk_api.supervisor import Supervisor
from tests.unit.docker_sdk_api.at_hand import add_job, state_of, until
from training_api.spec.states import JobState

KEPT = ("name", "state", "reason", "attempt", "retries", "model_id", "dataset_id", "network")


def rebuilt(home: Home) -> JobStore:
    """The jobs of a database made from the directories alone."""
    database = Database(home.path / "rebuilt.db")
    upgrade(database)
    store = JobStore(database)
    reconcile_directories(home, store)
    return store


def all_of(store: JobStore) -> dict[str, JobRecord]:
    with store.read() as rows:
        return {job.id: job for job in rows.listing(limit=1000)}


async def test_every_kind_of_end_survives_the_loss_of_the_database(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner()
    supervisor = Supervisor(home, store, runner, settings)
    actions = JobActions(home, store, supervisor.wake)
    await supervisor.start()
    good = add_job(home, store, name="good")
    await until(lambda: state_of(store, good.id) is JobState.succeeded)
    runner.conduct = Conduct.dying
    dying = add_job(home, store, name="dying")
    await until(lambda: all_of(store)[dying.id].retries == 3)
    await until(lambda: state_of(store, dying.id) is JobState.interrupted)
    runner.conduct, runner.epochs = Conduct.normal, 10_000
    stopped = add_job(home, store, name="stopped")
    await until(lambda: state_of(store, stopped.id) is JobState.running)
    actions.stop(stopped.id)
    await until(lambda: state_of(store, stopped.id) is JobState.cancelled)
    actions.pause(True)
    never = add_job(home, store, name="cancelled in the queue")
    actions.stop(never.id)
    waiting = add_job(home, store, name="waiting")
    await supervisor.stop()

    again = all_of(rebuilt(home))
    for job_id, job in all_of(store).items():
        for column in KEPT:
            assert getattr(again[job_id], column) == getattr(job, column), (job.name, column)
    assert again[waiting.id].state is JobState.queued
    assert next(iter(again.values())).name == "waiting"


async def test_a_live_job_is_adopted_without_the_database(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=40)
    supervisor = Supervisor(home, store, runner, settings)
    await supervisor.start()
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id) is JobState.running)
    await supervisor.stop()
    again = rebuilt(home)
    other = Supervisor(home, again, runner, settings)
    await other.start()
    await until(lambda: state_of(again, job.id) is JobState.succeeded)
    await other.stop()
    assert runner.starts == {(job.id, 1): 1}


async def test_a_job_that_died_with_the_database_is_repeated(
    home: Home, store: JobStore, settings: Settings
) -> None:
    runner = FakeRunner(epochs=10_000)
    supervisor = Supervisor(home, store, runner, settings)
    await supervisor.start()
    job = add_job(home, store)
    await until(lambda: state_of(store, job.id) is JobState.running)
    await supervisor.stop()
    await runner.kill(job.id, 1)
    runner.epochs = 2
    again = rebuilt(home)
    other = Supervisor(home, again, runner, settings)
    await other.start()
    await until(lambda: state_of(again, job.id) is JobState.succeeded)
    await other.stop()
    assert all_of(again)[job.id].attempt == 2


def test_a_second_rebuild_adds_nothing(home: Home, store: JobStore) -> None:
    add_job(home, store)
    assert reconcile_directories(home, store) == 0
    assert len(all_of(store)) == 1


def test_leftovers_of_acceptance_and_deletion_are_swept(home: Home, store: JobStore) -> None:
    for name in (".new-job-1", ".trash-job-2"):
        (home.jobs / name).mkdir()
    job = add_job(home, store)
    with store.write() as rows:
        rows.mark_deleted(rows.transition(job, JobState.cancelled))
    reconcile_directories(home, store)
    assert list(home.jobs.iterdir()) == []


def test_an_incomplete_directory_is_left_alone(home: Home, store: JobStore) -> None:
    folder = home.jobs / "job-half"
    folder.mkdir()
    (folder / "log.txt").write_text("whose?")
    (home.jobs / "Not An Id").mkdir()
    assert reconcile_directories(home, store) == 0
    assert (folder / "log.txt").exists()


def test_two_jobs_of_one_name_both_come_back(home: Home, store: JobStore) -> None:
    first = add_job(home, store, name="twin")
    copy = home.jobs / "job-copy"
    shutil.copytree(home.job(first.id).path, copy)
    assert reconcile_directories(home, store) == 1
    assert {job.name for job in all_of(store).values()} == {"twin", "twin (job-copy)"}


@pytest.mark.parametrize("damage", ["lost", "garbage", "torn"])
async def test_the_orchestrator_opens_without_a_sound_database(
    home: Home, store: JobStore, settings: Settings, runner: FakeRunner, damage: str
) -> None:
    job = add_job(home, store, name="survivor")
    store.database.close()
    content = home.database.read_bytes()
    for suffix in ("-wal", "-shm"):
        home.database.with_name(home.database.name + suffix).unlink(missing_ok=True)
    if damage == "lost":
        home.database.unlink()
    elif damage == "garbage":
        home.database.write_bytes(b"not a database at all" * 500)
    else:
        home.database.write_bytes(content[: len(content) // 2] + b"\x00" * 100)
    async with Orchestrator(settings, runner) as opened:
        await until(lambda: state_of(opened.store, job.id) is JobState.succeeded)
    kept = list(home.path.glob("segsmith.db.damaged-*"))
    assert len(kept) == (0 if damage == "lost" else 1)


async def test_one_orchestrator_per_home(settings: Settings, home: Home) -> None:
    async with Orchestrator(settings, FakeRunner()):
        with pytest.raises(Exception, match=r"Another Segsmith \(process \d+\)"):
            async with Orchestrator(settings, FakeRunner()):
                pass
    async with Orchestrator(settings, FakeRunner()):
        await asyncio.sleep(0)


async def test_a_job_stopped_before_its_launch_stays_stopped(
    home: Home, store: JobStore, settings: Settings, runner: FakeRunner
) -> None:
    supervisor = Supervisor(home, store, runner, settings)
    settled, asked = add_job(home, store), add_job(home, store)
    for job in (settled, asked):
        with store.write() as rows:
            supervisor._begin_attempt(rows, job, ["cpu"])
        JobActions(home, store, lambda: None).stop(job.id)
    (home.job(asked.id).path / "attempts" / "not-a-number").mkdir()
    await Follower(settled.id, home, store, runner, settings).follow()
    again = all_of(rebuilt(home))
    assert again[settled.id].state is JobState.cancelled
    assert again[asked.id].state is JobState.stopping
    assert runner.starts == {}
