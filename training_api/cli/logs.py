"""segsmith logs: a job's log."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Api, Unreachable
from training_api.cli.follow import POLL_SECONDS, has_ended
from training_api.cli.home import home_option
from training_api.cli.orchestrator import orchestrator


@click.command("logs")
@click.argument("job")
@click.option("--follow", "-f", is_flag=True, help="Go on until the job has ended.")
@click.option(
    "--lines",
    "-n",
    default=100,
    show_default=True,
    type=click.IntRange(0),
    help="Last lines; 0: all.",
)
@home_option
def command(job: str, follow: bool, lines: int, home: Path) -> None:
    """Show the log of JOB (id or name)."""
    asyncio.run(_show(job, home, lines, follow=follow))


async def _show(name: str, home: Path, lines: int, *, follow: bool) -> None:
    async with orchestrator(home, admits=False) as api:
        job = await api.job(name)
        after = await _print_last(api, job["id"], lines)
    if not follow:
        return
    place = _Place(job["id"], after)
    while True:  # services may come and go meanwhile; a look of our own ends with the command
        with contextlib.suppress(Unreachable):
            async with orchestrator(home, admits=False) as api:
                return await _follow(api, place)


@dataclass
class _Place:
    """How far a log was printed, in bytes."""

    job_id: str
    after: int


async def _follow(api: Api, place: _Place) -> None:
    while True:
        ended = has_ended(await api.get("jobs", place.job_id))
        place.after = await _print_from(api, place.job_id, place.after)
        if ended:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _print_last(api: Api, job_id: str, lines: int) -> int:
    """Print the end of the log, or all of it; the offset to go on from."""
    if lines == 0:
        return await _print_from(api, job_id, 0)
    page = await api.get(
        "jobs", job_id, "log", tail=True, limit=max(1000, min(lines * 400, 4_000_000))
    )
    _print(page["lines"][-lines:])
    return int(page["next"])


async def _print_from(api: Api, job_id: str, after: int) -> int:
    while True:
        page: dict[str, Any] = await api.get("jobs", job_id, "log", after=after)
        _print(page["lines"])
        if page["next"] == after:
            return after
        after = page["next"]


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
