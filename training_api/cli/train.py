"""segsmith train: from a dataset folder to a published model."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from training_api.cli.api import Api, Refused
from training_api.cli.dataset_source import registered_version
from training_api.cli.flags import all_flags
from training_api.cli.home import home_option, json_option
from training_api.cli.report import Report, Start
from training_api.cli.spec_file import read_spec
from training_api.cli.wish import automatic_name, spec_of
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preset import PRESETS


@click.command("train")
@click.argument("dataset", metavar="DATASET_DIR", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice([preset.name for preset in PRESETS]),
    help="Network and hyper-parameters chosen by measurement. [default: fast]",
)
@click.option("--engine", type=click.Choice([*EngineName]), help="[default: torch]")
@click.option("--network", help="A network's name; `segsmith networks` lists all.")
@click.option("--loss", help="A loss's name.")
@click.option(
    "--spec",
    "spec_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A job spec as YAML or JSON, as the pages show it; flags override it.",
)
@click.option("--name", help="The job's name. [default: made from dataset and preset]")
@click.option("--detach", is_flag=True, help="Leave the job to the running service and return.")
@home_option
@json_option
def command(
    dataset: Path,
    preset: str | None,
    engine: str | None,
    network: str | None,
    loss: str | None,
    spec_file: Path | None,
    name: str | None,
    detach: bool,
    home: Path,
    as_json: bool,
    **flags: Any,
) -> None:
    """Train a model on DATASET_DIR and show how it goes.

    Uses the running service; without one, the same job runs in the foreground. Ctrl-C stops it
    cleanly: the best model so far is kept, and `segsmith resume` goes on.
    """
    with Report(home, as_json) as report:
        given = read_spec(spec_file) if spec_file else None
        spec = spec_of(preset, engine, network, loss, flags, given)
        version = registered_version(dataset, home, report.say)
        spec |= {"dataset": version.id}
        own_name = automatic_name(dataset, spec) if name is None else name
        start = _submitted(spec, own_name, numbered=name is None)
        asyncio.run(report.leave(start) if detach else report.run(start))


command.params.extend(all_flags())


def _submitted(spec: dict[str, Any], name: str, *, numbered: bool) -> Start:
    """A coroutine function that starts the job; a name of ours gets a number if it is taken."""

    async def submit(api: Api) -> dict[str, Any]:
        for number in range(1, 10_000):
            chosen = name if number == 1 else f"{name} {number}"
            try:
                job: dict[str, Any] = await api.post("jobs", body=spec | {"name": chosen})
                return job
            except Refused as error:
                if not numbered or error.code != "name_taken":
                    raise
        raise AssertionError("ten thousand jobs of one name")

    return submit
