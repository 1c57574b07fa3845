"""The option --home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from training_api.spec.installation import default_home

home_option: Callable[[Any], Any] = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SEGSMITH_HOME",
    default=default_home,
    show_default="SEGSMITH_HOME, else var in the clone",
    help="Folder that holds jobs, models and the database.",
)
json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object as the last line."
)
