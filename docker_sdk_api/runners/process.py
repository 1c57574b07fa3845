"""Processes that outlive us: recognised by boot, pid and start time, so that none is mistaken."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """This run of the machine's kernel; another one after each reboot."""
    return _BOOT_ID.read_text().strip()


@dataclass(frozen=True)
class ProcessIdentity:
    """A process for certain: pids are given out again, start times within one boot are not."""

    boot: str
    pid: int
    start: int  # clock ticks since boot, field 22 of /proc/PID/stat

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of a process that lives now, else None."""
        fields = _stat(pid)
        return None if fields is None else cls(boot_id(), pid, int(fields[_START]))

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> ProcessIdentity:
        """As stored by `data`."""
        return cls(str(data["boot"]), int(data["pid"]), int(data["start"]))

    def data(self) -> dict[str, Any]:
        """JSON values to store."""
        return asdict(self)

    @property
    def rebooted(self) -> bool:
        """True if the machine was restarted since."""
        return self.boot != boot_id()

    def lives(self) -> bool:
        """True while this very process runs; a zombie does not."""
        if self.rebooted:
            return False
        fields = _stat(self.pid)
        return fields is not None and int(fields[_START]) == self.start and fields[_STATE] != "Z"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and to no other that got its pid."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if self.lives():  # checked after the descriptor was taken: no race with reuse
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)

    def family(self) -> list[ProcessIdentity]:
        """This process and all that descend from it."""
        if not self.lives():
            return []
        pids = [self.pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            pids += [child.pid for child in psutil.Process(self.pid).children(recursive=True)]
        return [found for pid in pids if (found := ProcessIdentity.of(pid)) is not None]


_STATE, _START = 0, 19  # in /proc/PID/stat after the closing bracket of the name


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the process name, or None if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


Found = list[tuple[ProcessIdentity, list[str]]]
"""Processes with their command lines."""


def processes_where(matches: Callable[[list[str]], bool]) -> Found:
    """Live processes whose command line matches, with it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        identity = ProcessIdentity.of(process.pid) if matches(line) else None
        if identity is not None and identity.lives():
            found.append((identity, line))
    return found
