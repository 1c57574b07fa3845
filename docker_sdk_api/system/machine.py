"""Processors, memory and disk of this machine."""

from __future__ import annotations

import os
import shutil
import socket
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from training_api.spec.processor import CPUINFO, processor_flags

_BF16_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})


@cache
def has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """True where the processor computes in bfloat16, and the torch engine does so by itself."""
    return bool(_BF16_FLAGS & processor_flags(cpuinfo))


@cache
def processor(cpuinfo: Path = CPUINFO) -> dict[str, Any]:
    """Its model, '' where unknown, and how many cores this process may use."""
    model = ""
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.lower().startswith(("model name", "cpu model", "hardware")):
                model = line.partition(":")[2].strip()
                break
    return {"processor": model, "cpus": len(os.sched_getaffinity(0))}


def machine(home: Path) -> dict[str, Any]:
    """Sizes in bytes. `cpus` are those that this process may use."""
    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(home)
    return {
        "hostname": socket.gethostname(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_total": memory.total,
        "memory_free": memory.available,
        "disk_total": disk.total,
        "disk_free": disk.free,
        "home": str(home),
        "bfloat16": has_bfloat16(),
    }
