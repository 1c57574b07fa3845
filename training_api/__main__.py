"""`python -m training_api JOB_DIR [ATTEMPT]`: run the agent of an attempt, by default the last."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from training_api.agent import Agent
from training_api.spec.directory import JobDirectory
from training_api.spec.errors import SegsmithError


def main(arguments: list[str]) -> int:
    """Run one attempt; returns 0 when its result is written, whatever it says."""
    if not 1 <= len(arguments) <= 2:
        print("usage: python -m training_api JOB_DIR [ATTEMPT]", file=sys.stderr)
        return 2
    directory = JobDirectory(Path(arguments[0]).resolve())
    attempts = directory.attempts()
    if not attempts:
        print(f"{directory.path} holds no attempt with a launch.json.", file=sys.stderr)
        return 2
    number = int(arguments[1]) if len(arguments) == 2 else attempts[-1].number
    _write_to(directory.attempt(number).agent_log)
    try:
        return Agent(directory, number).run()
    except SegsmithError as error:
        print(error.message, flush=True)
        return 2


def _write_to(path: Path) -> None:
    """Send this process's output to `path`: whoever started it may go away."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(descriptor, sys.stdout.fileno())
    os.dup2(descriptor, sys.stderr.fileno())
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
