"""An engine that tells how long its steps took within a real training, and without the loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from training_api.composition import EngineFactory
from training_api.engines import engine_class
from training_api.engines.base import Images, Labels
from training_api.spec.hyper_parameters import EngineName

WARM_UP = 3
"""Steps that are left out at the beginning."""


@dataclass
class Clock:
    """Times the loop from the last warm-up step to the last checkpoint, evaluation left out.

    Reading that checkpoint again to publish it is no part of an epoch.

    Before and after that, `bare_steps` steps are done on batches of the run that lie ready in
    memory: what the same engine does without a loop around it.
    """

    bare_steps: int
    steps: int = 0
    began: float = 0.0
    evaluating: float = 0.0
    seconds: float = 0.0
    bare: list[float] = field(default_factory=list)
    ready: list[tuple[Images, Labels]] = field(default_factory=list)

    def rate(self, batch_size: int) -> float:
        """Images per second of the whole loop after the warm-up."""
        return batch_size * (self.steps - WARM_UP) / self.seconds

    def bare_rate(self, batch_size: int) -> float:
        """Images per second of the bare steps."""
        return batch_size * len(self.bare) / sum(self.bare)

    def do_bare_steps(self, train_step: Any) -> None:
        """Time `bare_steps` calls."""
        for number in range(self.bare_steps):
            images, labels = self.ready[number % len(self.ready)]
            began = time.perf_counter()
            train_step(images, labels, 1e-5)
            self.bare.append(time.perf_counter() - began)


def clocked(clock: Clock, name: EngineName = EngineName.torch) -> EngineFactory:
    """The engine called `name`, which tells `clock` what it does."""
    base: Any = engine_class(name)

    class Clocked(base):  # type: ignore[misc]
        def train_step(self, images: Images, labels: Labels, rate: float) -> float:
            loss: float = super().train_step(images, labels, rate)
            clock.steps += 1
            if clock.steps <= WARM_UP:
                clock.ready.append((images, labels))
            if clock.steps == WARM_UP:
                clock.do_bare_steps(super().train_step)
                clock.began, clock.evaluating = time.perf_counter(), 0.0
            return loss

        def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
            began = time.perf_counter()
            result: tuple[float, Labels] = super().evaluate(images, labels)
            clock.evaluating += time.perf_counter() - began
            return result

        def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
            found: tuple[dict[str, NDArray[Any]], dict[str, Any]] = super().state()
            clock.seconds = time.perf_counter() - clock.began - clock.evaluating
            return found

        def save_weights(self, folder: Path) -> str:
            clock.do_bare_steps(super().train_step)
            return str(super().save_weights(folder))

    return Clocked
