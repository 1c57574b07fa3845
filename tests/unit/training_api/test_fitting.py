from __future__ import annotations

import pytest

from training_api.fitting import USABLE, largest_batch


class Pretended:
    """Takes `once` with the first step and `each` per image; raises beyond `hard`."""

    def __init__(self, free: int, each: int, once: int = 0, hard: int = 10**9) -> None:
        self.each, self.once, self.hard = each, once, hard
        self.taken, self.most, self.size = 100, 100, 100 + free
        self.steps: list[int] = []

    def step(self, images: int) -> None:
        self.steps.append(images)
        self.taken = 100 + self.once
        needed = self.taken + images * self.each
        if needed > self.hard:
            raise MemoryError
        self.most = max(self.most, needed)

    def now(self) -> int:
        return self.taken

    def peak(self) -> int:
        return self.most

    def free(self) -> int:
        return self.size - self.taken


def test_what_fits_by_far_takes_one_small_step() -> None:
    memory = Pretended(free=10_000, each=100)
    assert largest_batch(memory.step, 16, memory) == 16
    assert memory.steps == [1, 16]


def test_what_does_not_fit_is_halved_without_being_tried() -> None:
    memory = Pretended(free=1_000, each=100)
    assert largest_batch(memory.step, 32, memory) == 8
    assert memory.steps == [1, 2, 8]
    assert 100 + USABLE * 1_000 >= 100 + 8 * 100


def test_what_is_taken_once_is_not_counted_for_every_image() -> None:
    memory = Pretended(free=10_000, each=100, once=5_000)
    assert largest_batch(memory.step, 16, memory) == 16
    assert memory.steps == [1, 2, 16]


def test_a_refusal_of_memory_is_believed() -> None:
    memory = Pretended(free=10_000, each=100, hard=100 + 500)
    assert largest_batch(memory.step, 9, memory) == 5
    assert memory.steps == [1, 9, 5]


def test_not_even_one_image() -> None:
    memory = Pretended(free=10_000, each=100, hard=150)
    with pytest.raises(MemoryError):
        largest_batch(memory.step, 4, memory)


def test_another_fault_is_no_lack_of_memory() -> None:
    memory = Pretended(free=10_000, each=100)

    def step(images: int) -> None:
        if images > 1:
            raise ValueError("sizes do not fit")
        memory.step(images)

    with pytest.raises(ValueError, match="sizes"):
        largest_batch(step, 4, memory)
