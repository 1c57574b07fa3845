"""GPUs as nvidia-smi lists them."""

from __future__ import annotations

import csv
import logging
import subprocess
import threading
import time
from dataclasses import dataclass

log = logging.getLogger(__name__)

_FIELDS = "uuid,name,memory.total,memory.free,utilization.gpu"
_CAPABILITY = "compute_cap"  # unknown to drivers of before 2021
_FRESH_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0
_MIB = 1 << 20


@dataclass(frozen=True)
class Gpu:
    """One GPU. Memory in bytes; what the driver does not tell is None.

    `capability` is CUDA's compute capability, such as (8, 6).
    """

    uuid: str
    name: str
    memory_total: int
    memory_free: int
    busy_percent: int | None
    capability: tuple[int, int] | None = None


def parse(text: str) -> list[Gpu]:
    """The GPUs in the CSV output of nvidia-smi (no header, no units: memory in MiB)."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return [
        Gpu(
            uuid=row[0],
            name=row[1],
            memory_total=(_number(row[2]) or 0) * _MIB,
            memory_free=(_number(row[3]) or 0) * _MIB,
            busy_percent=_number(row[4]),
            capability=_capability("".join(row[5:6])),
        )
        for row in rows
        if len(row) in (5, 6) and row[0].startswith("GPU-")
    ]


def _number(text: str) -> int | None:
    """None for '[N/A]' and the like."""
    return int(text) if text.strip().isdigit() else None


def _capability(text: str) -> tuple[int, int] | None:
    major, _, minor = text.strip().partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


class GpuList:
    """The GPUs that are there now, asked for at most every two seconds. Thread-safe, blocking.

    While nvidia-smi fails, the GPUs that it listed before still count: a hiccup of the driver is
    no reason to call a queued job impossible.
    """

    def __init__(self, command: str = "nvidia-smi") -> None:
        self._command = command
        self._guard = threading.Lock()
        self._gpus: list[Gpu] = []
        self._read = float("-inf")

    def read(self) -> list[Gpu]:
        """Sorted by free memory, most first."""
        with self._guard:
            if time.monotonic() - self._read > _FRESH_SECONDS:
                self._gpus = self._ask()
                self._read = time.monotonic()
            return sorted(self._gpus, key=lambda gpu: -gpu.memory_free)

    def uuids(self) -> list[str]:
        """The UUIDs alone, in the same order."""
        return [gpu.uuid for gpu in self.read()]

    def _ask(self) -> list[Gpu]:
        try:
            answer = self._query(f"{_FIELDS},{_CAPABILITY}")
            if answer.returncode != 0:
                answer = self._query(_FIELDS)
            answer.check_returncode()
        except FileNotFoundError:
            return []
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("nvidia-smi failed: %s", error)
            return self._gpus
        return parse(answer.stdout)

    def _query(self, fields: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._command, f"--query-gpu={fields}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
