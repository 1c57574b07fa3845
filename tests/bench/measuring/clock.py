"""An engine that tells how long its steps took within a real training, and without the loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from training_api.composition import EngineFactory
from training_api.engines import engine_class
from training_api.engines.base import Images, Labels
from training_api.spec.hyper_parameters import EngineName

WARM_UP = 3
"""Steps that are left out at the beginning."""
BARE_EVERY = 3
"""Steps of the loop for each bare one."""


@dataclass
class Clock:
    """Times the loop from the last warm-up step to the last checkpoint, evaluation left out.

    Reading that checkpoint again to publish it is no part of an epoch.

    Among the loop's steps, and not counted with them, are bare ones on batches of the run that lie
    ready in memory: what the same engine does without a loop around it, at the machine's speed of
    that moment. The loader goes on meanwhile, so that it must be far faster than a step: where
    preparing a batch takes about as long, the loop would look faster than it is.
    """

    steps: int = 0
    began: float = 0.0
    aside: float = 0.0
    seconds: float = 0.0
    bare: list[float] = field(default_factory=list)
    ready: list[tuple[Images, Labels]] = field(default_factory=list)

    def rate(self, batch_size: int) -> float:
        """Images per second of the whole loop after the warm-up."""
        return batch_size * (self.steps - WARM_UP) / self.seconds

    def bare_rate(self, batch_size: int) -> float:
        """Images per second of the bare steps."""
        return batch_size * len(self.bare) / sum(self.bare)

    def after_step(self, batch: tuple[Images, Labels], train_step: Any) -> None:
        """Count a step of the loop on `batch`; `train_step` does a bare one where one is due."""
        self.steps += 1
        if self.steps <= WARM_UP:
            self.ready.append(batch)
        if self.steps == WARM_UP:
            self.began, self.aside = time.perf_counter(), 0.0
        elif self.steps > WARM_UP and self.steps % BARE_EVERY == 0:
            began = time.perf_counter()
            train_step(*self.ready[len(self.bare) % WARM_UP], 1e-5)
            self.bare.append(time.perf_counter() - began)
            self.aside += self.bare[-1]


def clocked(clock: Clock, name: EngineName = EngineName.torch) -> EngineFactory:
    """The engine called `name`, which tells `clock` what it does."""
    base: Any = engine_class(name)

    class Clocked(base):  # type: ignore[misc]
        def train_step(self, images: Images, labels: Labels, rate: float) -> float:
            loss: float = super().train_step(images, labels, rate)
            clock.after_step((images, labels), super().train_step)
            return loss

        def evaluate(self, images: Images, labels: Labels) -> tuple[float, Labels]:
            began = time.perf_counter()
            result: tuple[float, Labels] = super().evaluate(images, labels)
            clock.aside += time.perf_counter() - began
            return result

        def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
            found: tuple[dict[str, NDArray[Any]], dict[str, Any]] = super().state()
            clock.seconds = time.perf_counter() - clock.began - clock.aside
            return found

    return Clocked
