"""The command `segsmith`: one file per command, imported when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the exit code is 0 only on success."""
    from training_api.cli.root import root

    root(prog_name="segsmith")
