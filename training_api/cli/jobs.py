"""segsmith jobs: the list, and the order of the queue."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from training_api.cli.home import home_option, json_option
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import console, duration, score, table
from training_api.spec.installation import command_word
from training_api.spec.states import JobState


@click.group("jobs", invoke_without_command=True)
@click.option(
    "--state", multiple=True, type=click.Choice([*JobState]), help="Only jobs in this state."
)
@click.option("--search", default="", help="Only jobs whose name holds this text.")
@click.option("--limit", default=50, type=click.IntRange(1, 200), show_default=True)
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    state: tuple[str, ...],
    search: str,
    limit: int,
    home: Path,
    as_json: bool,
) -> None:
    """List jobs: active ones, then the queue, then those that have ended, newest first."""
    context.obj = home
    if context.invoked_subcommand is None:
        asyncio.run(_list(home, as_json, state=list(state), search=search, limit=limit))


async def _list(home: Path, as_json: bool, **query: Any) -> None:
    async with orchestrator(home, admits=False) as api:
        page = await api.get("jobs", **query)
    if as_json:
        print(json.dumps(page, ensure_ascii=False))
        return
    screen = console()
    if not page["jobs"]:
        screen.print(f"There are no jobs. Start one: {command_word()} train DATASET_DIR")
        return
    columns = ("name", "state", "epoch", "best mIoU", "time", "network", "dataset", "id")
    screen.print(table(columns, (_row(job) for job in page["jobs"])))
    if page["next"]:
        screen.print("There are more; --limit shows up to 200, --search finds one by name.")


def _row(job: dict[str, Any]) -> tuple[Any, ...]:
    epoch = _place(job["progress"]) if job["progress"] else None
    state = f"{job['position']}. in the queue" if job["position"] else job["state"]
    if job["position"] and job["fetch"]:
        state += " (its weights are fetched)"
    if job["reason"]:
        state += f" ({job['reason']})"
    network = f"{job['network'] or job['weights'] or ''} {job['backbone'] or ''}".strip()
    best = score(job["best"]["miou"] if job["best"] else None)
    took = duration(job["seconds"])
    return job["name"], state, epoch, best, took, network, job["dataset"]["name"], job["id"]


def _place(progress: dict[str, Any]) -> str:
    """Epochs, or for a download percent."""
    if progress["epochs"] is None:
        return f"{progress['fraction']:.0%}"
    return f"{progress['epoch']}/{progress['epochs']}"


@command.command("move")
@click.argument("job")
@click.argument("position", type=click.IntRange(1))
@click.pass_obj
def move(home: Path, job: str, position: int) -> None:
    """Give a queued JOB another POSITION; 1 is next."""

    async def run() -> None:
        async with orchestrator(home, admits=False) as api:
            found = await api.job(job)
            moved = await api.post("jobs", found["id"], "move", body={"to": position - 1})
        console().print(f"'{moved['name']}' is now {moved['position']}. in the queue.")

    asyncio.run(run())


@command.command("pause")
@click.pass_obj
def pause(home: Path) -> None:
    """Start no further jobs; running ones go on."""
    asyncio.run(_queue(home, "pause"))
    console().print("The queue is paused. Go on with: segsmith jobs continue")


@command.command("continue")
@click.pass_obj
def continue_(home: Path) -> None:
    """Start queued jobs again."""
    asyncio.run(_queue(home, "resume"))
    console().print("The queue goes on.")


async def _queue(home: Path, action: str) -> None:
    async with orchestrator(home, admits=False) as api:
        await api.post("queue", action)
