"""segsmith delete: remove ended jobs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from training_api.cli.home import home_option
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import console, size


@click.command("delete")
@click.argument("jobs", nargs=-1, required=True)
@click.option(
    "--model",
    type=click.Choice(["keep", "delete"]),
    default="keep",
    show_default=True,
    help="What becomes of the models that the jobs published.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@home_option
def command(jobs: tuple[str, ...], model: str, yes: bool, home: Path) -> None:
    """Delete ended JOBS (ids or names) with their logs, metrics and checkpoints."""
    asyncio.run(_delete(jobs, model, home, ask=not yes))


async def _delete(names: tuple[str, ...], model: str, home: Path, *, ask: bool) -> None:
    async with orchestrator(home, admits=False) as api:
        found = [await api.job(name) for name in names]
        if ask:
            click.confirm(_warning(found, model, home), abort=True)
        for job in found:
            await api.delete("jobs", job["id"], model=model)
            console().print(f"'{job['name']}' is deleted.")


def _warning(jobs: list[dict[str, Any]], model: str, home: Path) -> str:
    names = ", ".join(f"'{job['name']}'" for job in jobs)
    folders = [home / "jobs" / job["id"] for job in jobs]
    total = sum(e.stat().st_size for f in folders for e in f.rglob("*") if e.is_file())
    models = "and their models" if model == "delete" else "and keep their models"
    return f"Delete {names} ({size(total)}: logs, metrics, checkpoints) {models}?"
