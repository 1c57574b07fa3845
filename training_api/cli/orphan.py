"""A job whose service went away: it goes on by itself, and its directory tells how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training_api.cli.api import Api, Unreachable
from training_api.cli.follow import Left, Presses, pressed
from training_api.cli.orchestrator import running_service
from training_api.spec.directory import JobDirectory
from training_api.spec.events import latest, read_events


async def found_again(home: Path, job: dict[str, Any], presses: Presses) -> Api | dict[str, Any]:
    """Wait for a service to come back, or else for the job's end: its detail, completed.

    Raises Left on Ctrl-C, and Unreachable if neither service nor job is there any more.
    """
    directory = JobDirectory(home / "jobs" / job["id"])
    lost = 0
    while lost < 3:  # a job may be between two processes for a moment
        if await pressed(presses, 1.0):
            raise Left
        service = await running_service(home)
        if service is not None:
            return Api(service.url, service.token)
        attempts = directory.attempts()
        result = attempts[-1].result() if attempts else None
        if result is not None:
            return job | result.model_dump(mode="json", include=_TAKEN) | _best(directory)
        lost = 0 if attempts and attempts[-1].is_locked() else lost + 1
    raise Unreachable(
        "The service has ended before the job began. Start it again with `segsmith serve`."
    )


_TAKEN = {"state", "reason", "message", "model_id"}


def _best(directory: JobDirectory) -> dict[str, Any]:
    events = [event for _, event in read_events(directory.events_path)]
    finished = latest(events, "finished")
    if finished is None:
        return {}
    best = {"miou": finished["best_miou"], "epoch": finished["best_epoch"]}
    return {"best": best, "seconds": finished["seconds"]}
