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
_FRESH_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0
_MIB = 1 << 20


@dataclass(frozen=True)
class Gpu:
    """One GPU. Memory in bytes; `busy_percent` is None where the driver does not tell."""

    uuid: str
    name: str
    memory_total: int
    memory_free: int
    busy_percent: int | None


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
        )
        for row in rows
        if len(row) == 5 and row[0].startswith("GPU-")
    ]


def _number(text: str) -> int | None:
    """None for '[N/A]' and the like."""
    return int(text) if text.strip().isdigit() else None


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
            answer = subprocess.run(
                [self._command, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            )
        except FileNotFoundError:
            return []
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("nvidia-smi failed: %s", error)
            return self._gpus
        return parse(answer.stdout)
