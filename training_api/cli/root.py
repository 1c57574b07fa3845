"""The root of all commands."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from training_api.cli.failure import Failure
from training_api.spec.errors import SegsmithError

COMMANDS = {
    "serve": "Serve browser, API and inference on one port.",
    "train": "Train a model on a dataset folder.",
    "profile": "Tell time and memory of a training before it is started.",
    "jobs": "List jobs; move, hold and release the queue.",
    "logs": "Show a job's log.",
    "stop": "Stop a job; its best model so far is kept.",
    "resume": "Go on with a stopped, failed or interrupted job.",
    "delete": "Delete an ended job.",
    "weights": "List, fetch and add weights to start from.",
    "models": "List, download and delete models.",
    "predict": "Predict masks of images with a model.",
    "datasets": "List datasets and what is wrong with them.",
    "networks": "List engines, networks, losses and their options.",
    "doctor": "Check what this machine can do.",
}
"""Each is a module of this package with a click command `command`."""


class Root(click.Group):
    """Loads a command's module when it is called, and shows our errors as one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"training_api.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a SegsmithError ends it with its sentence."""
        try:
            return super().invoke(ctx)
        except SegsmithError as error:
            raise Failure(error) from error


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="segsmith")
def root() -> None:
    """Train, watch, test and ship semantic-segmentation models on your own machines."""
