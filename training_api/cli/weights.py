"""segsmith weights: what trainings can start from; bring more of it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import click

from training_api.cli.failure import INTERRUPTED
from training_api.cli.fetch_display import FetchDisplay
from training_api.cli.follow import Follower, Left, interrupts
from training_api.cli.home import home_option, json_option
from training_api.cli.orchestrator import orchestrator
from training_api.cli.screen import console, size, table
from training_api.cli.weights_by_hand import add_by_hand
from training_api.spec.hyper_parameters import EngineName


@click.group("weights")
def command() -> None:
    """List, fetch and add the weights that trainings can start from."""


@command.command("list")
@click.option("--engine", type=click.Choice([*EngineName]), help="Only those of this engine.")
@click.option("--present", is_flag=True, help="Only those that are on this machine.")
@home_option
@json_option
def list_(engine: str | None, present: bool, home: Path, as_json: bool) -> None:
    """List published weights and the classifiers that were added."""

    def wanted(row: dict[str, Any]) -> bool:
        return engine in (None, row["engine"]) and (row["present"] or not present)

    async def run() -> dict[str, Any]:
        async with orchestrator(home, admits=False) as api:
            found: dict[str, Any] = await api.get("weights")
            return found | {"files": [row for row in found["files"] if wanted(row)]}

    found = asyncio.run(run())
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    screen = console()
    columns = ("id", "engine", "trained on", "size", "present", "licence")
    screen.print(table(columns, map(_file_row, found["files"])))
    if found["classifiers"]:
        rows = [(row["name"], row["architecture"], row["format"]) for row in found["classifiers"]]
        screen.print()
        screen.print(table(("classifier", "architecture", "format"), rows))


def _file_row(row: dict[str, Any]) -> tuple[Any, ...]:
    here = "yes" if row["present"] else "being fetched" if row["job_id"] else "no"
    return row["id"], row["engine"], row["dataset"], size(row["bytes"]), here, row["licence"]


@command.command("fetch")
@click.argument("weights_id", metavar="ID")
@home_option
@json_option
def fetch(weights_id: str, home: Path, as_json: bool) -> None:
    """Bring the published weights ID to this machine and check them.

    Ctrl-C stops; what came so far is kept for the next time. Proxies come from HTTPS_PROXY and
    NO_PROXY; a mirror of all hosts from SEGSMITH_WEIGHTS_MIRROR.
    """
    job = asyncio.run(_fetched(home, weights_id, as_json))
    state = job["state"] if job else "succeeded"
    message = job["message"] if job else f"{weights_id} is on this machine already."
    screen = console(aside=as_json)
    screen.print(message or f"{weights_id} is on this machine now.")
    if as_json:
        name = job["id"] if job else None
        document = {"state": state, "weights": weights_id, "job": name, "message": message}
        print(json.dumps(document, ensure_ascii=False))
    if state != "succeeded":
        sys.exit(INTERRUPTED if state == "cancelled" else 1)


async def _fetched(home: Path, weights_id: str, as_json: bool) -> dict[str, Any] | None:
    """The ended job; None if there was nothing to do."""
    async with interrupts() as presses, orchestrator(home) as api:
        job: dict[str, Any] | None = (await api.post("weights", weights_id, "fetch"))["job"]
        if job is None:
            return None
        with FetchDisplay(console(aside=as_json)) as display:
            try:
                return await Follower(job["id"], display, presses).follow(api)
            except Left:
                sys.exit(INTERRUPTED)


@command.command("add")
@click.argument("name", metavar="ID|FOLDER")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@home_option
def add(name: str, file: Path | None, home: Path) -> None:
    """Place the FILE of the published weights ID, or a classifier's FOLDER, by hand.

    FILE comes from where `segsmith weights list --json` says (url), as it is or out of its ZIP,
    and is checked and copied. FOLDER holds model_best.params, model.safetensors or one .pth, with
    classes.txt and config.json; trainings can start from its backbone.
    """
    console().print(add_by_hand(home / "weights", name, file))
