"""Which generations of GPUs an engine's build knows; on a newer one it would hang or crash."""

from __future__ import annotations

from collections.abc import Sequence

from docker_sdk_api.system.gpus import Gpu
from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName

# MXNet's last builds are of August 2022, for CUDA 11.7: its code ends with Ampere.
NEWEST: dict[EngineName, tuple[tuple[int, int], str]] = {EngineName.gluoncv: ((8, 7), "Ampere")}
"""By engine, the highest compute capability and the name of its generation."""


def check_generation(engine: EngineName, gpus: Sequence[Gpu]) -> None:
    """Raise InvalidSpec if one of `gpus`, from which the job's is taken, is too new for `engine`.

    A GPU whose driver does not tell its capability is let through.
    """
    if engine not in NEWEST:
        return
    newest, generation = NEWEST[engine]
    new = [gpu for gpu in gpus if gpu.capability is not None and gpu.capability > newest]
    if not new:
        return
    fit = [gpu for gpu in gpus if gpu not in new]
    remedy = f"Name {fit[0].name} ({fit[0].uuid}) instead" if fit else "Train on the CPU (0)"
    major, minor = new[0].capability or (0, 0)
    raise InvalidSpec(
        f"gpus: the {engine} engine works with GPUs up to NVIDIA's {generation} generation "
        f"(compute capability {newest[0]}.{newest[1]}), and {new[0].name} is newer "
        f"({major}.{minor}). {remedy}, or choose the torch engine.",
        field="resources.gpus",
    )
