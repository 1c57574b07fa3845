"""How many images a training step can take: found by steps that are surely small enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from training_api.reasons import reason_of
from training_api.spec.errors import ReasonCode, SegsmithError
from training_api.spec.kinds.base import SMALLER_STEPS

USABLE = 0.9
"""Share of the free memory that a training may plan with."""


class NoOtherTry(SegsmithError):
    """A step of `images` on `devices` ran out of memory, and no step can follow it."""

    code = "out_of_memory"

    def __init__(self, images: int, devices: int) -> None:
        smaller = devices * _half(images // devices)
        advice = f"Try a batch size of {smaller}" if smaller < images else SMALLER_STEPS
        super().__init__(
            f"A step of {images} images does not fit into the memory of {devices} devices. "
            f"{advice}, and measure again."
        )


class Memory(Protocol):
    """Of a process or a device, in bytes."""

    def now(self) -> int:
        """What is taken."""
        ...

    def peak(self) -> int:
        """The most that ever was taken."""
        ...

    def free(self) -> int:
        """What may be taken beyond that."""
        ...


def largest_batch(step: Callable[[int], object], wanted: int, memory: Memory) -> int:
    """`wanted` images per step, or the largest half of it that the memory is enough for.

    `step` does a step with so many images. A single image's step, with all that is taken only
    once, bounds what each further image needs; only where that bound is too much, a second image
    tells the difference. Raises what `step` raises for one image, and NoOtherTry from it.
    """
    limit = memory.now() + int(USABLE * memory.free())
    before = memory.now()
    step(1)
    first = memory.peak()
    each = first - before
    if wanted > 2 and first + (wanted - 1) * each > limit:
        step(2)
        each = max(1, memory.peak() - first)
    size = wanted
    while size > 1 and first + (size - 1) * each > limit:
        size = _half(size)
    while size > 1 and not _fits(step, size):
        size = _half(size)
    return size


def _fits(step: Callable[[int], object], size: int) -> bool:
    """True if a step with `size` images does not run out of memory."""
    try:
        step(size)
    except NoOtherTry:
        raise
    except Exception as error:
        if reason_of(error)[0] is not ReasonCode.out_of_memory:
            raise
        return False
    return True


def _half(size: int) -> int:
    return -(-size // 2)
