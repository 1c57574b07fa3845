"""segsmith profile: what a training would take here, without doing it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from training_api.cli.home import home_option, json_option
from training_api.cli.measuring import measured, measurement_lines
from training_api.cli.report import Report
from training_api.cli.screen import console
from training_api.cli.training_options import Wish, training_options, with_flags


@click.command("profile")
@training_options
@home_option
@json_option
def _command(home: Path, as_json: bool, **wished: Any) -> None:
    """Tell time and memory of a training on DATASET_DIR, which is described as for `train`.

    A few of its steps are done for that, less than a minute; the result is kept, so that a second
    question for the same network, size and dataset is answered at once. Ctrl-C ends it.
    """
    with Report(home, as_json) as report:
        spec = Wish.of(wished).spec(home, report.say)
        result = asyncio.run(measured(home, spec, report.say))
    screen = console(aside=as_json)
    for line in measurement_lines(result):
        screen.print(line)
    if as_json:
        print(json.dumps({"state": "measured"} | result, ensure_ascii=False))


command = with_flags(_command)
