from __future__ import annotations

from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.queue import BESIDE, Decision, decide
from docker_sdk_api.runners.base import Capacity
from tests.unit.docker_sdk_api.at_hand import add_fetch_job, add_job

TWO_GPUS = Capacity(1, ("GPU-a", "GPU-b"))


def waiting_for(home: Home, store: JobStore, *gpus: Any) -> list[JobRecord]:
    """Queued jobs that ask for these GPUs each."""
    return [add_job(home, store, resources={"gpus": wanted}) for wanted in gpus]


def decision(jobs: list[JobRecord], in_use: Any = None, capacity: Any = TWO_GPUS) -> Decision:
    in_use = in_use or {}
    names = {job_id: f"job {job_id}" for job_id in in_use} | {job.id: job.name for job in jobs}
    return decide(jobs, in_use, names, capacity)


def test_one_cpu_job_at_a_time_in_order(home: Home, store: JobStore) -> None:
    first, second = waiting_for(home, store, 0, 0)
    found = decision([first, second])
    assert found.admitted == {first.id: ["cpu"]}
    assert found.waiting == {second.id: "Jobs before it in the queue come first."}


def test_a_taken_slot_is_named(home: Home, store: JobStore) -> None:
    (job,) = waiting_for(home, store, 0)
    found = decision([job], {"x": ["cpu"]})
    assert found.admitted == {}
    assert found.waiting[job.id] == "The CPU is taken by 'job x'."


def test_gpu_jobs_need_no_cpu_slot(home: Home, store: JobStore) -> None:
    cpu, gpu = waiting_for(home, store, 0, 1)
    found = decision([cpu, gpu], {"x": ["cpu"]})
    assert found.admitted == {gpu.id: ["GPU-a"]}


def test_gpus_are_given_once(home: Home, store: JobStore) -> None:
    one, named, more = waiting_for(home, store, 1, ["GPU-b"], 1)
    found = decision([one, named, more])
    assert found.admitted == {one.id: ["GPU-a"], named.id: ["GPU-b"]}
    assert found.waiting == {more.id: "Jobs before it in the queue get the GPUs first."}


def test_a_job_that_wants_many_gpus_is_not_starved(home: Home, store: JobStore) -> None:
    both, one = waiting_for(home, store, 2, 1)
    found = decision([both, one], {"x": ["GPU-a"]})
    assert found.admitted == {}
    assert found.waiting[both.id] == "A GPU is taken by 'job x'."


def test_what_this_machine_never_has_is_impossible(home: Home, store: JobStore) -> None:
    three, foreign = waiting_for(home, store, 3, ["GPU-z"])
    found = decision([three, foreign])
    assert found.impossible[three.id] == "3 GPUs were asked for and this machine has 2."
    assert found.impossible[foreign.id] == "There is no GPU GPU-z on this machine."


def test_a_held_queue_says_why(home: Home, store: JobStore) -> None:
    jobs = waiting_for(home, store, 0, 1, 3)
    found = decide(jobs, {}, {}, TWO_GPUS, hold="The queue is paused.")
    assert found.admitted == found.impossible == {}
    assert set(found.waiting.values()) == {"The queue is paused."}


def downloads(home: Home, store: JobStore, count: int) -> list[JobRecord]:
    """Queued fetch jobs."""
    names = [f"fetch {number}" for number in range(count)]
    return [add_fetch_job(home, store, name, "torchvision:resnet18") for name in names]


def test_a_download_waits_for_no_slot_and_takes_none(home: Home, store: JobStore) -> None:
    (training,), (download,) = waiting_for(home, store, 0), downloads(home, store, 1)
    assert decision([training, download], {"x": ["cpu"]}).admitted == {download.id: []}
    assert decision([training, download], {"x": []}).admitted == {
        training.id: ["cpu"],
        download.id: [],
    }


def test_only_so_many_downloads_run_at_once(home: Home, store: JobStore) -> None:
    jobs = downloads(home, store, BESIDE)
    found = decision(jobs, {"x": []})
    assert [job.id for job in jobs if job.id in found.waiting] == [jobs[-1].id]
    assert found.waiting[jobs[-1].id] == f"{BESIDE} downloads run already."
