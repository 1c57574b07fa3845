"""The trainer as the agent's child: started, asked to end, killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_LAST_GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL."""
_HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Memory in pages of 2 MiB where Linux gives them to those who ask (tests/bench/huge_pages.py)."""


def trainer_environment() -> dict[str, str]:
    """That of this process and what must be there from the start, for the work of any kind of job.

    What the host sets itself wins (`GLIBC_TUNABLES=glibc.malloc.hugetlb=0`).
    """
    tunables = [_HUGE_PAGES, os.environ.get("GLIBC_TUNABLES", "")]
    return os.environ | {
        "PYTHONFAULTHANDLER": "1",
        "GLIBC_TUNABLES": ":".join(filter(None, tunables)),
    }


class TrainerProcess:
    """A child in a process group of its own, whose output goes to `log`.

    It inherits the descriptor `lock`: if the agent dies, the orphan still holds the lock.
    """

    def __init__(self, command: list[str], log: Path, lock: int, grace: float) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
                env=trainer_environment(),
            )
        self._grace = grace
        self._asked: float | None = None
        self._sent: list[signal.Signals] = []

    @property
    def pid(self) -> int:
        """The trainer's process id, also its group's."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """Its exit code (negative for a signal), or None if it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def ask_to_end(self, at_once: bool) -> None:
        """Call repeatedly: gives the trainer its grace, then SIGTERM, then SIGKILL.

        With `at_once` SIGTERM comes first: the trainer saves a checkpoint, publishes nothing.
        """
        moment = time.monotonic()
        if self._asked is None:
            self._asked = moment
        waited = moment - self._asked
        if at_once or waited > self._grace:
            self._send(signal.SIGTERM)
        if waited > self._grace + _LAST_GRACE:
            self._send(signal.SIGKILL)

    def kill(self) -> None:
        """End the whole group now."""
        self._send(signal.SIGKILL)
        self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        """Once each; a stopped process is continued, else it would never see it."""
        if number not in self._sent:
            self._sent.append(number)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
                os.killpg(self.pid, signal.SIGCONT)
