"""Memory: the C library's allocator, tuned for large tensors, and what a GPU has."""

from __future__ import annotations

import ctypes
from typing import Any

# <malloc.h> of glibc
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST = 2**31 - 1


def keep_freed_memory() -> None:
    """Let the process reuse what it freed instead of returning it to the kernel.

    By default glibc maps every large block anew, and the kernel clears its pages each time. Does
    nothing where the C library has no `mallopt`.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_M_MMAP_THRESHOLD, 1 << 30)
    mallopt(_M_TRIM_THRESHOLD, _LARGEST)


class DeviceMemory:
    """The memory that PyTorch takes of a GPU (its UUID), in bytes."""

    def __init__(self, device: str) -> None:
        import torch

        from training_api.engines.torch_device import torch_device

        self._cuda: Any = torch.cuda
        self._device = torch_device(device)

    def now(self) -> int:
        """What it occupies."""
        return int(self._cuda.memory_reserved(self._device))

    def peak(self) -> int:
        """The most that it ever occupied."""
        return int(self._cuda.max_memory_reserved(self._device))

    def free(self) -> int:
        """What it may take beyond what it has."""
        return int(self._cuda.mem_get_info(self._device)[0])
