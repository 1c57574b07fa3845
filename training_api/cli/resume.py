"""segsmith resume: go on with a job."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Api
from training_api.cli.home import home_option, json_option
from training_api.cli.report import Report, Start
from training_api.spec.states import JobState


@click.command("resume")
@click.argument("job")
@click.option("--detach", is_flag=True, help="Leave the job to the running service and return.")
@home_option
@json_option
def command(job: str, detach: bool, home: Path, as_json: bool) -> None:
    """Go on with JOB (id or name) from its last checkpoint, and show how it goes.

    For jobs that were stopped, have failed or were interrupted.
    """
    resume = _resumed(job)
    with Report(home, as_json) as report:
        asyncio.run(report.leave(resume) if detach else report.run(resume, again=True))


def _resumed(name: str) -> Start:
    """A coroutine function that lets the job of this id or name go on, once for all calls."""
    asked = False

    async def resume(api: Api) -> dict[str, Any]:
        nonlocal asked
        found = await api.job(name)
        if asked and not JobState(found["state"]).ended:
            return found  # the answer was lost, the request was not
        asked = True
        resumed: dict[str, Any] = await api.post("jobs", found["id"], "resume")
        return resumed

    return resume
