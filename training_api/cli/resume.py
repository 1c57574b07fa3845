"""segsmith resume: go on with a job."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Api
from training_api.cli.home import home_option, json_option
from training_api.cli.report import Report


@click.command("resume")
@click.argument("job")
@click.option("--detach", is_flag=True, help="Leave the job to the running service and return.")
@home_option
@json_option
def command(job: str, detach: bool, home: Path, as_json: bool) -> None:
    """Go on with JOB (id or name) from its last checkpoint, and show how it goes.

    For jobs that were stopped, have failed or were interrupted.
    """

    async def resume(api: Api) -> dict[str, Any]:
        found = await api.job(job)
        resumed: dict[str, Any] = await api.post("jobs", found["id"], "resume")
        return resumed

    with Report(home, as_json) as report:
        asyncio.run(report.leave(resume) if detach else report.run(resume, again=True))
