"""The control group that this process is in, and with it a container's limits: versions 1 and 2."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def oom_files(root: Path = _ROOT, own: Path = _OWN) -> list[Path]:
    """Where a line `oom_kill N` may stand: in our own group, or at the root that a container sees,
    whose own group's name is the host's.
    """
    unified, split = _names(own)
    return [
        *(root / name / "memory.events" for name in unified),
        *(root / "memory" / name / "memory.oom_control" for name in split),
        root / "memory.events",
        root / "memory" / "memory.oom_control",
    ]


def free_memory(root: Path = _ROOT) -> int | None:
    """Bytes between a container's use and its limit; None without a limit."""
    pairs = (
        (root / "memory.max", root / "memory.current"),
        (root / "memory" / "memory.limit_in_bytes", root / "memory" / "memory.usage_in_bytes"),
    )
    for limit, used in pairs:
        try:
            return int(limit.read_text()) - int(used.read_text())
        except (OSError, ValueError):  # no such version, or "max"
            continue
    return None


def _names(own: Path) -> tuple[list[str], list[str]]:
    """(of version 2, of version 1 for memory), relative to the root."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return [], []
    fields = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    unified = [name.lstrip("/") for _, kinds, name in fields if not kinds]
    split = [name.lstrip("/") for _, kinds, name in fields if "memory" in kinds.split(",")]
    return unified, split
