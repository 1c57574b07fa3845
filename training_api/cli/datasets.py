"""segsmith datasets: what there is to train on, and what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from training_api.cli.dataset_source import scanned, sentence
from training_api.cli.failure import Failed
from training_api.cli.home import home_option, json_option
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import console, table


@click.group("datasets", invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def command(context: click.Context, home: Path, as_json: bool) -> None:
    """List the datasets with the outcome of their last check."""
    if context.invoked_subcommand is None:
        asyncio.run(_list(home, as_json))


async def _list(home: Path, as_json: bool) -> None:
    async with orchestrator(home, admits=False) as api:
        datasets = await api.get("datasets")
    if as_json:
        print(json.dumps({"datasets": datasets}, ensure_ascii=False))
        return
    if not datasets:
        console().print("There are no datasets. Put a folder below ./datasets.")
        return
    rows = [
        (
            entry["name"],
            entry["state"],
            entry["images"],
            ", ".join(c["name"] for c in entry["classes"]) or None,
            entry["errors"],
            entry["warnings"],
        )
        for entry in datasets
    ]
    columns = ("name", "state", "images", "classes", "errors", "warnings")
    console().print(table(columns, rows))


@command.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def check(folder: Path, as_json: bool) -> None:
    """Read every file of FOLDER and list all problems. Needs no service; changes nothing."""
    scan = scanned(folder)
    screen = console(aside=as_json)
    for problem in scan.problems:
        screen.print(f"{problem.severity}: {sentence(problem)}")
    version = scan.version
    if version is not None:
        shares = zip(version.classes, version.pixel_shares, strict=True)
        rows = [(entry.id, entry.name, f"{share:.2%}") for entry, share in shares]
        screen.print(table(("id", "class", "pixels"), rows))
        screen.print(f"{len(version.samples)} images can be trained with.")
    if as_json:
        problems = [problem.model_dump() for problem in scan.problems]
        images = len(version.samples) if version else None
        print(json.dumps({"problems": problems, "images": images}, ensure_ascii=False))
    if version is None:
        raise Failed(f"{folder} cannot be trained with until its errors are corrected.")
