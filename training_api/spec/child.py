"""A process that is run to its end, within a time limit and with nothing of it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST_LINE = 500


class TookTooLong(Exception):
    """It was ended, with all that it had started."""


@dataclass(frozen=True)
class Ended:
    """How it ended: `code` below 0 is a signal's; `complaint` is its last line of complaint."""

    code: int
    complaint: str


def run_to_end(command: Sequence[str], seconds: float) -> Ended:
    """Run a command in a session of its own; only what it says on standard error is heard.

    Raises TookTooLong after `seconds`.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise TookTooLong from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    lines = told.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    return Ended(process.returncode, lines[-1][:_LONGEST_LINE])
