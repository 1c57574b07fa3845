"""Choosing bfloat16 or float32 for the training step."""

from __future__ import annotations

from typing import Literal

import torch

Precision = Literal["bfloat16", "float32"]


def chosen_precision(
    wanted: Literal["auto", "float32", "bfloat16"], device: torch.device
) -> Precision:
    """`wanted`, or for `auto` the one that `device` is faster at."""
    if wanted != "auto":
        return wanted
    fast = torch.cuda.is_bf16_supported(False) if device.type == "cuda" else cpu_has_bfloat16()
    return "bfloat16" if fast else "float32"


def cpu_has_bfloat16() -> bool:
    """True for processors that multiply in bfloat16 (AMX, AVX512-BF16), unless oneDNN is off."""
    features = torch.cpu.get_capabilities()
    multiplies = bool(features.get("amx_bf16") or features.get("avx512_bf16"))
    return multiplies and bool(torch.backends.mkldnn.enabled)
