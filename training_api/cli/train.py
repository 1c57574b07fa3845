"""segsmith train: from a dataset folder to a published model."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Api, Refused
from training_api.cli.home import home_option, json_option
from training_api.cli.measuring import measured, measurement_lines
from training_api.cli.report import Report, Start
from training_api.cli.training_options import Wish, training_options, with_flags
from training_api.cli.wish import automatic_name


@click.command("train")
@training_options
@click.option("--name", help="The job's name. [default: made from dataset and preset]")
@click.option("--detach", is_flag=True, help="Leave the job to the running service and return.")
@click.option("--estimate", is_flag=True, help="Measure and tell time and memory before the start.")
@home_option
@json_option
def _command(
    name: str | None, detach: bool, estimate: bool, home: Path, as_json: bool, **wished: Any
) -> None:
    """Train a model on DATASET_DIR and show how it goes.

    Uses the running service; without one, the same job runs in the foreground. Ctrl-C stops it
    cleanly: the best model so far is kept, and `segsmith resume` goes on.
    """
    with Report(home, as_json) as report:
        wish = Wish.of(wished)
        spec = wish.spec(home, report.say)
        if estimate:
            for line in measurement_lines(asyncio.run(measured(home, spec, report.say))):
                report.say(line)
        own_name = automatic_name(wish.dataset, spec) if name is None else name
        # while we follow it a job that waits for its weights tells so, with their licence
        told = () if detach else ("weights.name",)
        start = _submitted(spec, own_name, report.say, told, numbered=name is None)
        asyncio.run(report.leave(start) if detach else report.run(start))


command = with_flags(_command)


def _submitted(
    spec: dict[str, Any],
    name: str,
    say: Callable[[str], None],
    told: Collection[str],
    *,
    numbered: bool,
) -> Start:
    """A coroutine function that starts the job; a name of ours gets a number if it is taken.

    It says what will be done differently from what the spec asks for, but of fields in `told`.
    """
    key = secrets.token_urlsafe(12)
    unsaid = True

    async def submit(api: Api) -> dict[str, Any]:
        nonlocal unsaid
        for number in range(1, 10_000):
            chosen = name if number == 1 else f"{name} {number}"
            body = spec | {"name": chosen}
            warnings = (await api.post("specs", "check", body=body))["warnings"] if unsaid else []
            for warning in warnings:
                unsaid = False
                if warning["field"] not in told:
                    say(f"Warning: {warning['message']}")
            try:
                job: dict[str, Any] = await api.post("jobs", body=body, key=f"{key} {number}")
                return job
            except Refused as error:
                if not numbered or error.code != "name_taken":
                    raise
        raise AssertionError("ten thousand jobs of one name")

    return submit
