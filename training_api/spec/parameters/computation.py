"""How the network is computed."""

from __future__ import annotations

from typing import Literal

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class ComputationParameters(Closed):
    """Number format and random numbers."""

    precision: Literal["auto", "float32", "bfloat16", "float16"] = parameter(
        "auto",
        "Precision",
        "auto computes in bfloat16 where that is faster (on older GPUs in float16, in the gluoncv "
        "engine on GPUs in float32); float32 is exact and slower. float16 needs a GPU.",
        gluoncv_values=("auto", "float32"),
    )
    compile: bool = parameter(
        False,
        "Compile the network",
        "Training passes are compiled for the device. It takes minutes before the first step and "
        "pays on GPUs in long runs.",
        gluoncv_values=(False,),
    )
    seed: int = parameter(
        0,
        "Seed",
        "Start of all random numbers; the same seed gives the same split and the same run.",
        ge=0,
        le=2**31 - 1,
    )
