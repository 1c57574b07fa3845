"""The C library's allocator, tuned for tensors of many megabytes that come and go each step."""

from __future__ import annotations

import ctypes

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
