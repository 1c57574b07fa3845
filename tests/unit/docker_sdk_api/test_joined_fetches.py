"""Which fetch job a training waits for, of those that were, are, and end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.orchestrator import Orchestrator
from docker_sdk_api.runners.fake import FakeRunner
from docker_sdk_api.settings import Settings
from docker_sdk_api.weights.awaited import Awaited
from docker_sdk_api.weights.shelf import WeightsShelf
from docker_sdk_api.weights.supply import WeightsSupply
from tests.unit.docker_sdk_api.at_hand import add_fetch_job, add_job
from tests.unit.docker_sdk_api.test_supply import TAUGHT, WAITS
from tests.unit.docker_sdk_api.test_weights import SMP
from training_api.spec.states import JobState


@pytest.fixture
def shelf(
    settings: Settings, home: Home, store: JobStore, runner: FakeRunner
) -> Iterator[WeightsShelf]:
    """Of an orchestrator that is not entered: no job begins or ends by itself."""
    orchestrator = Orchestrator(settings, runner)
    yield orchestrator.weights
    orchestrator.database.close()


def fetched(shelf: WeightsShelf) -> JobRecord:
    """As somebody presses "Fetch now"."""
    fetch, _ = shelf.fetch(SMP)
    assert fetch is not None
    return fetch


def moved(store: JobStore, job: JobRecord, *states: JobState) -> None:
    with store.write() as rows:
        for state in states:
            rows.transition(rows.get(job.id), state)


def awaited(home: Home, job: JobRecord) -> str | None:
    """The fetch job that fetch.json names."""
    found = Awaited.of(home.job(job.id), 1)
    return found.job if found else None


def test_another_fetch_is_joined_when_the_first_has_ended(
    home: Home, store: JobStore, shelf: WeightsShelf
) -> None:
    supply, job = WeightsSupply(home, store, shelf), add_job(home, store, **TAUGHT)
    first = fetched(shelf)
    assert supply.of([job]).waiting == {job.id: WAITS}
    assert awaited(home, job) == first.id
    moved(store, first, JobState.starting, JobState.failed)
    second = fetched(shelf)
    assert supply.of([job]).waiting == {job.id: WAITS}
    assert awaited(home, job) == second.id != first.id
    moved(store, second, JobState.starting, JobState.failed)
    assert list(supply.of([job]).failed) == [job.id], "nobody fetches it any more"


def test_a_fetch_that_is_being_stopped_is_not_joined(
    home: Home, store: JobStore, shelf: WeightsShelf
) -> None:
    supply, job = WeightsSupply(home, store, shelf), add_job(home, store, **TAUGHT)
    ending = fetched(shelf)
    moved(store, ending, JobState.starting, JobState.stopping)
    assert supply.of([job]).waiting == {job.id: WAITS}
    assert awaited(home, job) is None
    moved(store, ending, JobState.cancelled)
    assert supply.of([job]).waiting == {job.id: WAITS}
    assert awaited(home, job) == fetched(shelf).id != ending.id


def test_a_name_that_is_taken_meanwhile_costs_a_number(
    home: Home, store: JobStore, shelf: WeightsShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check of the spec and its row: where the space on the disk is looked at."""
    enough, rivals = Home.require_space, [f"Fetch {SMP}"]

    def rival_comes(home: Home, wanted: int) -> None:
        if rivals:
            add_fetch_job(home, store, rivals.pop(), "torchvision:resnet18")
        enough(home, wanted)

    monkeypatch.setattr(Home, "require_space", rival_comes)
    fetch = fetched(shelf)
    assert (fetch.name, fetch.weights) == (f"Fetch {SMP} 2", SMP)
