"""Which containers are looked at, ended and removed: our own, and none that lives by a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.runners.base import Handle, Liveness
from docker_sdk_api.runners.docker_container import JobContainers
from docker_sdk_api.runners.docker_labels import job_labels
from tests.unit.docker_sdk_api.runners.fake_daemon import FakeDaemon
from training_api.spec.files import write_atomically

JOB = "job-0123456789ab"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
def daemon() -> FakeDaemon:
    return FakeDaemon()


@pytest.fixture
def jobs(daemon: FakeDaemon, home: Home) -> JobContainers:
    return JobContainers(daemon, home)


def hold(daemon: FakeDaemon, home: Home, status: str = "running") -> None:
    """The container `c` of the first attempt."""
    daemon.hold("c", job_labels(home.installation(), JOB, 1), status)


def written(home: Home, *, result: bool) -> None:
    """The attempt's folder, with or without its result."""
    files = home.job(JOB).attempt(1)
    files.path.mkdir(parents=True)
    if result:
        write_atomically(files.result_path, b"{}")


@pytest.mark.parametrize("status", ["running", "paused", "restarting"])
def test_a_sweep_leaves_alone_what_lives(
    daemon: FakeDaemon, jobs: JobContainers, home: Home, status: str
) -> None:
    """Though its folder is missing: it may be in a home that this one was copied from."""
    hold(daemon, home, status)
    jobs.sweep(home.installation())
    assert [*daemon.held] == ["c"]


def test_a_sweep_removes_what_has_ended_and_is_over(
    daemon: FakeDaemon, jobs: JobContainers, home: Home
) -> None:
    written(home, result=True)
    hold(daemon, home, "exited")
    jobs.sweep(home.installation())
    assert daemon.held == {}


def test_a_sweep_removes_what_has_ended_and_is_deleted(
    daemon: FakeDaemon, jobs: JobContainers, home: Home
) -> None:
    hold(daemon, home, "exited")
    jobs.sweep(home.installation())
    assert daemon.held == {}


def test_a_sweep_keeps_what_has_ended_and_was_not_judged(
    daemon: FakeDaemon, jobs: JobContainers, home: Home
) -> None:
    written(home, result=False)
    hold(daemon, home, "exited")
    jobs.sweep(home.installation())
    assert [*daemon.held] == ["c"]


def test_a_sweep_judges_nothing_where_the_jobs_are_not_there(
    daemon: FakeDaemon, jobs: JobContainers, home: Home
) -> None:
    hold(daemon, home, "exited")
    home.jobs.rmdir()
    jobs.sweep(home.installation())
    assert [*daemon.held] == ["c"]


def test_a_handle_that_leads_to_the_container_of_another_installation(
    daemon: FakeDaemon, jobs: JobContainers
) -> None:
    """As in a copied home, whose database still holds the first's handles."""
    daemon.hold("c", job_labels("f" * 32, JOB, 1))
    handle = Handle("docker", JOB, 1, jobs.data("c"))
    assert jobs.sight(handle).liveness is Liveness.gone
    jobs.stop(handle, force=True)
    jobs.remove(handle)
    assert daemon.calls == []


def test_our_own_container_is_seen_and_ended(
    daemon: FakeDaemon, jobs: JobContainers, home: Home
) -> None:
    hold(daemon, home)
    handle = Handle("docker", JOB, 1, jobs.data("c"))
    assert jobs.sight(handle).liveness is Liveness.alive
    jobs.stop(handle, force=True)
    assert daemon.calls == [("unpause", "c"), ("kill", "c")]
