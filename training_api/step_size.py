"""How many images a training step takes, fitted to memory, devices and the number of images."""

from __future__ import annotations

from collections.abc import Callable

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import HyperParameters
from training_api.spec.launch import Launch


def fitted(
    values: HyperParameters, launch: Launch, images: int, notice: Callable[[str], None]
) -> HyperParameters:
    """`values` with the launch's batches where memory asked for smaller ones, and no step larger
    than all training images; `notice` is told of every change.

    Raises InvalidSpec where there are fewer images than devices to split them over.
    """
    devices = len(launch.devices) or 1
    if images < devices:
        raise InvalidSpec(
            f"gpus: {images} training images cannot be split over {devices} GPUs. Choose one GPU.",
            field="resources.gpus",
        )
    asked = values.batch_size
    wanted = launch.batch_size or asked
    size = min(wanted, images) // devices * devices
    added = launch.accumulation or values.accumulation
    if wanted != asked:
        parts = f"; the gradients of {added} batches are added up" if added > 1 else ""
        notice(f"The batch size was lowered from {asked} to {wanted} for memory{parts}.")
    if size != wanted:
        notice(
            f"The batch size was lowered from {wanted} to {size}: there are only {size} "
            "training images."
        )
    batches = min(added, images // size)
    if batches != added:
        notice(
            f"The accumulation was lowered from {added} to {batches} batches: there "
            f"are only {images} training images."
        )
    return values.model_copy(update={"batch_size": size, "accumulation": batches})


def images_per_step(values: HyperParameters) -> int:
    """What a correction of the weights is made of."""
    return values.batch_size * values.accumulation
