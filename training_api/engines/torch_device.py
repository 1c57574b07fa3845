"""From the device that a launch assigns to the one that PyTorch counts."""

from __future__ import annotations

import torch

from training_api.spec.errors import SegsmithError


class NoGpu(SegsmithError):
    """A requested GPU is not there."""

    code = "no_gpu"
    status = 409


def torch_device(name: str) -> torch.device:
    """The device for `cpu` or a GPU's UUID (`GPU-…`). Raises NoGpu.

    PyTorch sees only the GPUs in CUDA_VISIBLE_DEVICES, numbered from 0.
    """
    if name == "cpu":
        return torch.device("cpu")
    visible = [_uuid(index) for index in range(torch.cuda.device_count())]
    wanted = name.lower().removeprefix("gpu-")
    if wanted not in visible:
        seen = ", ".join(f"GPU-{uuid}" for uuid in visible) or "no GPU at all"
        raise NoGpu(
            f"The GPU {name} is not there: PyTorch sees {seen}. Check the driver and that PyTorch "
            "is a CUDA build, or choose another device.",
            field="resources.gpus",
        )
    return torch.device("cuda", visible.index(wanted))


def device_name(device: torch.device) -> str:
    """`cpu`, or a GPU's name."""
    return "cpu" if device.type == "cpu" else torch.cuda.get_device_name(device)


def _uuid(index: int) -> str:
    return str(torch.cuda.get_device_properties(index).uuid).lower().removeprefix("gpu-")
