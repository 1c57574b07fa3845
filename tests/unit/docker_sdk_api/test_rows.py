from __future__ import annotations

import threading

import pytest

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore, NameTaken
from tests.unit.docker_sdk_api.at_hand import add_job, state_of
from training_api.spec.errors import Conflict, NotFound
from training_api.spec.states import ACTIVE, TRANSITIONS, JobState

WAYS = {
    JobState.queued: [],
    JobState.starting: [JobState.starting],
    JobState.running: [JobState.starting, JobState.running],
    JobState.stopping: [JobState.starting, JobState.stopping],
    JobState.succeeded: [JobState.starting, JobState.succeeded],
    JobState.failed: [JobState.failed],
    JobState.cancelled: [JobState.cancelled],
    JobState.interrupted: [JobState.starting, JobState.interrupted],
}


def brought_to(home: Home, store: JobStore, state: JobState) -> str:
    job = add_job(home, store)
    for step in WAYS[state]:
        with store.write() as rows:
            job = rows.transition(job, step)
    return job.id


@pytest.mark.parametrize("target", list(JobState))
@pytest.mark.parametrize("state", list(JobState))
def test_only_legal_moves_are_made(
    home: Home, store: JobStore, state: JobState, target: JobState
) -> None:
    job_id = brought_to(home, store, state)
    legal = target in TRANSITIONS[state]
    with store.write() as rows:
        if legal:
            rows.transition(rows.get(job_id), target)
        else:
            with pytest.raises(Conflict, match="cannot become"):
                rows.transition(rows.get(job_id), target)
    assert state_of(store, job_id) is (target if legal else state)


def test_a_stale_record_moves_nothing(home: Home, store: JobStore) -> None:
    job = add_job(home, store)
    with store.write() as rows:
        rows.transition(job, JobState.starting, attempt=1)
    with pytest.raises(Conflict, match="changed meanwhile"), store.write() as rows:
        rows.transition(job, JobState.cancelled)
    assert state_of(store, job.id) is JobState.starting


def test_a_record_of_an_earlier_attempt_moves_nothing(home: Home, store: JobStore) -> None:
    job = add_job(home, store)
    with store.write() as rows:
        first = rows.transition(job, JobState.starting, attempt=1)
        again = rows.transition(rows.transition(first, JobState.interrupted), JobState.queued)
        rows.transition(again, JobState.starting, attempt=2)
    with pytest.raises(Conflict, match="changed meanwhile"), store.write() as rows:
        rows.transition(first, JobState.running)


def test_an_ended_attempt_stays_as_it_is(home: Home, store: JobStore) -> None:
    job = add_job(home, store)
    with store.write() as rows:
        job = rows.transition(job, JobState.starting, attempt=1)
        rows.add_attempt(job, state="starting", devices=["cpu"], runner="fake", created="t")
        rows.change_attempt(job.id, 1, state="succeeded", ended="t2")
        rows.change_attempt(job.id, 1, state="failed")
        assert rows.attempt(job.id, 1).state is JobState.succeeded


def test_fifty_threads_and_one_name(home: Home, store: JobStore) -> None:
    outcomes: list[bool] = []
    barrier = threading.Barrier(50)

    def add() -> None:
        barrier.wait()
        try:
            add_job(home, store, name="the one")
            outcomes.append(True)
        except NameTaken as error:
            assert error.field == "name"
            outcomes.append(False)

    threads = [threading.Thread(target=add) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 49 + [True]


def test_a_deleted_job_frees_its_name(home: Home, store: JobStore) -> None:
    job = add_job(home, store, name="again")
    with store.write() as rows:
        with pytest.raises(Conflict, match="Stop it"):
            rows.mark_deleted(job)
        rows.mark_deleted(rows.transition(job, JobState.cancelled))
        with pytest.raises(NotFound):
            rows.get(job.id)
    assert add_job(home, store, name="again").id != job.id


def test_the_list_is_active_then_queued_then_newest_ended(home: Home, store: JobStore) -> None:
    old, new, first, second, running = [
        add_job(home, store, name=name) for name in ("old", "new", "first", "second", "running")
    ]
    with store.write() as rows:
        rows.transition(old, JobState.cancelled)
        rows.transition(new, JobState.cancelled)
        rows.transition(running, JobState.starting)
        names = [job.name for job in rows.listing()]
        assert names == ["running", "first", "second", "new", "old"]
        assert [job.id for job in rows.active()] == [running.id]
        rows.set_queue_order([second.id, first.id])
        assert [job.name for job in rows.queued()] == ["second", "first"]


def test_pages_hold_every_job_once(home: Home, store: JobStore) -> None:
    jobs = [add_job(home, store, name=f"{number}") for number in range(25)]
    with store.write() as rows:
        for job in jobs[:10]:
            rows.transition(job, JobState.cancelled)
        seen, after = [], None
        while page := rows.listing(after=after, limit=4):
            seen += [job.name for job in page]
            after = (page[-1].rank, page[-1].place)
    assert seen == [str(n) for n in range(10, 25)] + [str(n) for n in range(9, -1, -1)]


def test_search_takes_marks_literally(home: Home, store: JobStore) -> None:
    add_job(home, store, name="50% of it")
    add_job(home, store, name="Half of it")
    with store.read() as rows:
        assert [job.name for job in rows.listing(search="50%")] == ["50% of it"]
        assert [job.name for job in rows.listing(search="half")] == ["Half of it"]
        assert rows.listing(search="_alf") == []
        assert [job.name for job in rows.listing(states=[*ACTIVE])] == []
