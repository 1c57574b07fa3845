"""Values that are right by themselves and do not fit the engine or the devices of their job."""

from __future__ import annotations

from collections.abc import Iterator

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName, HyperParameters, possible_values


def misfits(engine: EngineName, values: HyperParameters, *, gpus: int) -> Iterator[InvalidSpec]:
    """A problem per hyper-parameter that a job with this engine and so many GPUs cannot do."""
    if gpus == 0 and values.precision == "float16" and engine is EngineName.torch:
        yield InvalidSpec(
            "precision: float16 needs a GPU. Choose auto, bfloat16 or float32 on the CPU.",
            field="hyper_parameters.precision",
        )
    if gpus > 1 and values.batch_size % gpus:
        nearest = " or ".join(map(str, _multiples(values.batch_size, gpus)))
        yield InvalidSpec(
            f"batch_size: {values.batch_size} cannot be split evenly over {gpus} GPUs. "
            f"Valid nearby: {nearest}.",
            field="hyper_parameters.batch_size",
        )
    for name, value in values.model_dump(mode="json").items():
        possible = possible_values(name, engine)
        if possible is not None and value not in possible:
            shown = " or ".join(str(one).lower() for one in possible)
            yield InvalidSpec(
                f"{name}: the {engine} engine cannot do {str(value).lower()}, only {shown}. "
                "Change it, or choose a network of the torch engine.",
                field=f"hyper_parameters.{name}",
            )


def _multiples(value: int, of: int) -> list[int]:
    """The nearest ones, below and above."""
    below = value // of * of
    return [one for one in (below, below + of) if one]
