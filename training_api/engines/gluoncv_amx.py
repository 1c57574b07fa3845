"""The processor's matrix unit (AMX) for MXNet, whose oneDNN 2.4 leaves it alone unless it is told.

Sources: oneDNN 2.4, "CPU dispatcher control"; Linux, "Using XSTATE features in user space
applications".
"""

from __future__ import annotations

import ctypes
import os

from training_api.spec.processor import CPUINFO, processor_flags

_FEATURES = {"amx_bf16", "amx_int8", "amx_tile"}
_LIMIT, _AMX = "DNNL_MAX_CPU_ISA", "AVX512_CORE_AMX"
_SWITCHES = ("MXNET_ONEDNN_ENABLED", "MXNET_MKLDNN_ENABLED")
_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18
"""A system call of x86-64 and its arguments."""


def allow_amx() -> None:
    """Let oneDNN use AMX where the processor has it; oneDNN looks once, when MXNet first computes.

    Linux gives a process its tiles on request only; oneDNN 2.4 does not ask and would be killed.
    """
    if _has_amx() and _request_tiles():
        os.environ.setdefault(_LIMIT, _AMX)


def may_use_amx() -> bool:
    """True after `allow_amx` where there is AMX and the user did not limit or leave out oneDNN."""
    switched_off = "0" in (os.environ.get(name) for name in _SWITCHES)
    told = os.environ.get(_LIMIT) == _AMX and not switched_off
    return told and _has_amx() and _request_tiles()


def _has_amx() -> bool:
    return processor_flags(CPUINFO) >= _FEATURES


def _request_tiles() -> bool:
    """True if the process has them; asking again does no harm."""
    return ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0
