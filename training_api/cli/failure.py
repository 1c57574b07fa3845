"""How a command ends that did not do what was asked."""

from __future__ import annotations

import sys
from typing import IO, Any

import click

from training_api.spec.errors import SegsmithError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class Failure(click.ClickException):
    """Nothing was done: the input or the state of things forbids it. Exit code 2."""

    exit_code = 2

    def __init__(self, cause: SegsmithError | str) -> None:
        super().__init__(cause.message if isinstance(cause, SegsmithError) else cause)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print `Error: sentence` on standard error."""
        click.echo(f"Error: {self.message}", file=file or sys.stderr)


class Failed(Failure):
    """It was tried and did not succeed. Exit code 1."""

    exit_code = 1
