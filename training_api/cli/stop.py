"""segsmith stop: end a job and keep what it has reached."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Unreachable
from training_api.cli.failure import Failed
from training_api.cli.follow import POLL_SECONDS, has_ended
from training_api.cli.home import home_option, json_option
from training_api.cli.orchestrator import orchestrator
from training_api.cli.outcome import outcome, printed


@click.command("stop")
@click.argument("job")
@click.option("--no-wait", is_flag=True, help="Return at once instead of when the job has ended.")
@home_option
@json_option
def command(job: str, no_wait: bool, home: Path, as_json: bool) -> None:
    """Stop JOB (id or name): a queued one leaves the queue, a running one ends with its step.

    Log, metrics and the best model so far are kept.
    """
    asyncio.run(_stop(job, home, as_json, wait=not no_wait))


async def _stop(name: str, home: Path, as_json: bool, *, wait: bool) -> None:
    async with orchestrator(home, admits=False) as api:
        job = await api.job(name)
        await api.post("jobs", job["id"], "stop")
    job = await _ended(job["id"], home, wait=wait)
    result = outcome(home, job)
    printed(result, as_json)
    if result["state"] not in ("cancelled", "stopping", "succeeded"):
        raise Failed(f"'{job['name']}' has {result['state']}: {result['message']}")


async def _ended(job_id: str, home: Path, *, wait: bool) -> dict[str, Any]:
    """The job after its end, or as it is now. A `segsmith train` that is its orchestrator goes away
    with it; then this process looks itself."""
    while True:
        with contextlib.suppress(Unreachable):
            async with orchestrator(home, admits=False) as api:
                while not has_ended(job := await api.get("jobs", job_id)) and wait:
                    await asyncio.sleep(POLL_SECONDS)
                return dict(job)
