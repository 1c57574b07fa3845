"""Who may start now, and what the others wait for: a pure function of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.runners.base import Capacity
from training_api.spec.kinds import kind_named

BESIDE = 4
"""Jobs that take no slot and run at the same time."""


@dataclass
class Decision:
    """Per job id: the devices it may start with, or the sentence on what it waits for."""

    admitted: dict[str, list[str]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    impossible: dict[str, str] = field(default_factory=dict)  # asks for a GPU that is not there
    in_vain: dict[str, str] = field(default_factory=dict)  # waited for weights that do not come


def decide(
    queued: list[JobRecord],
    devices_in_use: Mapping[str, list[str]],
    names: Mapping[str, str],
    capacity: Capacity,
    *,
    hold: str = "",
) -> Decision:
    """Walk the queue in order. Jobs for the CPU, for GPUs and for neither do not await each other.

    `devices_in_use` holds each active job's devices and `names` their names, by job id; `hold` is
    why nothing may start at all. A GPU job that waits keeps later GPU jobs waiting, so that a job
    that wants many GPUs gets them in the end.
    """
    if hold:
        return Decision(waiting={job.id: hold for job in queued})
    decision = Decision()
    slots = capacity.cpu_slots - sum(devices == ["cpu"] for devices in devices_in_use.values())
    taken = {device: job for job, devices in devices_in_use.items() for device in devices}
    free = [gpu for gpu in capacity.gpus if gpu not in taken]
    beside = BESIDE - sum(devices == [] for devices in devices_in_use.values())
    for job in queued:
        if not kind_named(job.kind).takes_slot:
            _settle(decision, job, [], "" if beside > 0 else f"{BESIDE} downloads run already.")
            beside -= 1
        elif missing := _missing(job, capacity):
            decision.impossible[job.id] = missing
        elif job.resources.gpus in (0, []):
            wait = "" if slots > 0 else _wait_for_slot(devices_in_use, names)
            _settle(decision, job, ["cpu"], wait)
            slots -= 1
        else:
            granted = _grant(job, free)
            if granted:
                decision.admitted[job.id] = granted
                free = [gpu for gpu in free if gpu not in granted]
            else:
                decision.waiting[job.id] = _wait_for_gpu(job, taken, names)
                free = []
    return decision


def _settle(decision: Decision, job: JobRecord, devices: list[str], wait: str) -> None:
    if wait:
        decision.waiting[job.id] = wait
    else:
        decision.admitted[job.id] = devices


def _missing(job: JobRecord, capacity: Capacity) -> str:
    """Why the job can never start on this machine, or ''."""
    wanted = job.resources.gpus
    if isinstance(wanted, int):
        if wanted <= len(capacity.gpus):
            return ""
        return f"{wanted} GPUs were asked for and this machine has {len(capacity.gpus)}."
    absent = [gpu for gpu in wanted if gpu not in capacity.gpus]
    return f"There is no GPU {absent[0]} on this machine." if absent else ""


def _grant(job: JobRecord, free: list[str]) -> list[str]:
    wanted = job.resources.gpus
    if isinstance(wanted, int):
        return free[:wanted] if wanted <= len(free) else []
    return wanted if all(gpu in free for gpu in wanted) else []


def _wait_for_slot(in_use: Mapping[str, list[str]], names: Mapping[str, str]) -> str:
    running = [names[job] for job, devices in in_use.items() if devices == ["cpu"]]
    if not running:
        return "Jobs before it in the queue come first."
    return f"The CPU is taken by '{running[0]}'."


def _wait_for_gpu(job: JobRecord, taken: Mapping[str, str], names: Mapping[str, str]) -> str:
    wanted = job.resources.gpus
    users = [taken[gpu] for gpu in wanted if gpu in taken] if isinstance(wanted, list) else []
    users = users or [job_id for device, job_id in taken.items() if device != "cpu"]
    if not users:
        return "Jobs before it in the queue get the GPUs first."
    return f"A GPU is taken by '{names[users[0]]}'."
