"""GET /system: what this installation has, what it is doing, and what it lacks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.record import JobRecord
from docker_sdk_api.jobs.rows import JobStore
from docker_sdk_api.runners.base import Check
from docker_sdk_api.settings import Settings
from docker_sdk_api.system.engines import EngineProblem, engine_rows
from docker_sdk_api.system.gpus import GpuList
from docker_sdk_api.system.machine import machine
from docker_sdk_api.version import VERSION


def overview(
    home: Home,
    store: JobStore,
    gpus: GpuList,
    settings: Settings,
    engine_problem: EngineProblem,
    runner_checks: list[Check],
) -> dict[str, Any]:
    """The document; blocking."""
    with store.read() as rows:
        active, queued, paused = rows.active(), rows.queued(), rows.is_paused()
        devices = {job.id: rows.attempt(job.id, job.attempt).devices for job in active}
    running = sum(1 for job in active if devices[job.id])
    queue = {"slots": settings.cpu_slots, "running": running, "queued": len(queued)}
    facts = machine(home.path.resolve())
    roots = [str(root.resolve()) for root in settings.dataset_roots]
    shown = settings.datasets_shown
    return {
        "version": VERSION,
        **facts,
        "home_shown": settings.home_shown or facts["home"],
        "dataset_roots": roots,
        "dataset_roots_shown": [shown] if shown and len(roots) == 1 else roots,
        "gpus": gpu_rows(gpus, active, devices),
        "engines": engine_rows(engine_problem),
        "queue": queue | {"paused": paused},
        "checks": [
            _disk_check(facts, settings),
            *(asdict(check) for check in runner_checks),
        ],
    }


def gpu_rows(
    gpus: GpuList, active: list[JobRecord], devices: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """One row per GPU; `job` is the name of the job of ours that uses it."""
    users = {device: job.name for job in active for device in devices[job.id]}
    return [
        {
            "uuid": gpu.uuid,
            "name": gpu.name,
            "memory_total": gpu.memory_total,
            "memory_free": gpu.memory_free,
            "busy_percent": gpu.busy_percent,
            "job": users.get(gpu.uuid),
        }
        for gpu in gpus.read()
    ]


def _disk_check(facts: dict[str, Any], settings: Settings) -> dict[str, Any]:
    free, total = facts["disk_free"], facts["disk_total"]
    enough = free >= settings.disk_reserve
    message = f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB are free."
    if not enough:
        message += f" Jobs need {settings.disk_reserve / 1e9:.1f} GB; delete old jobs or models."
    return {"name": "disk", "title": "Disk", "ok": enough, "message": message}
