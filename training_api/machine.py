"""What the kernel tells about this machine and a process tree."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from training_api import control_group


def boot_id() -> str:
    """Changes with each start of the machine; '' where the kernel has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def oom_kills() -> int:
    """How often the kernel ended a process for lack of memory: in this control group, where it
    says so, else on the whole machine; 0 where unknown."""
    for path in (*control_group.oom_files(), Path("/proc/vmstat")):
        try:
            fields = dict(line.split() for line in path.read_text().splitlines())
            return int(fields["oom_kill"])
        except (OSError, ValueError, KeyError):
            continue
    return 0


def free_memory() -> int:
    """Bytes that are free now. In a container the control group's limit counts, if it is lower."""
    free = int(psutil.virtual_memory().available)
    limited = control_group.free_memory()
    return max(0, free if limited is None else min(free, limited))


def process_seconds() -> float:
    """How long ago this process was started."""
    return time.time() - float(psutil.Process().create_time())


class ProcessMemory:
    """The resident memory of this process, in bytes."""

    def now(self) -> int:
        """What it occupies."""
        return int(psutil.Process().memory_info().rss)

    def peak(self) -> int:
        """The most that it ever occupied."""
        return _peak(Path("/proc/self/status")) or self.now()

    def free(self) -> int:
        """What it may take beyond what it has."""
        return free_memory()


def children_peak() -> int:
    """The most that each child of this process ever occupied, in bytes, added up."""
    return sum(_peak(Path(f"/proc/{child.pid}/status")) for child in psutil.Process().children())


def _peak(status: Path) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:  # it has gone
        return 0
    sizes = (int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    return next(sizes, 0)


class ProcessTree:
    """Processor time and memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._known: dict[int, psutil.Process] = {}

    def usage(self) -> tuple[float, int]:
        """(percent of one core since the last call, resident bytes); zeros once it is gone."""
        cpu, memory = 0.0, 0
        for process in self._members():
            try:
                cpu += process.cpu_percent()
                memory += process.memory_info().rss
            except psutil.Error:
                continue
        return cpu, memory

    def _members(self) -> list[psutil.Process]:
        """Live members; the same objects each time, for percentages refer to their last call."""
        try:
            root = psutil.Process(self._pid)
            present = [root, *root.children(recursive=True)]
        except psutil.Error:
            present = []
        self._known = {entry.pid: self._known.get(entry.pid, entry) for entry in present}
        return list(self._known.values())
