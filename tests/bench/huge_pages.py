"""Training steps in huge pages: `.venv-torch/bin/python tests/bench/huge_pages.py`.

ours: images per second of bare steps in a process with a trainer's environment; reference: in one
without it. Two processes that stay, one step of each in turns, for FCN-ResNet-50 (240×240, batch 2)
and U-Net with ResNet-18 (352×480, batch 4). Neither may lose more than a twentieth.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.result import rates, tell
from tests.bench.measuring.turns import in_turns
from training_api.trainer_process import trainer_environment

GOAL = 0.95
WARM_UP = 3
VARIANTS = (("fcn", "resnet50", 240, 240, 2), ("unet", "resnet18", 352, 480, 4))
QUICK = (("unet", "resnet18", 64, 96, 2),)
Variant = tuple[str, str, int, int, int]
"""Network, backbone, height, width and batch size."""


def take_steps(variant: Variant) -> None:
    """A step for each line of standard input, and its seconds as a line of standard output."""
    from tests.small_torch import batch, make_engine

    name, backbone, height, width, count = variant
    engine = make_engine(name, backbone, size=(height, width), batch_size=count)
    images, labels = batch(0, count, (height, width))
    for _ in sys.stdin:
        began = time.perf_counter()
        engine.train_step(images, labels, 1e-3)
        print(time.perf_counter() - began, flush=True)


class Steps:
    """A process that takes steps in an environment, from `with` to its end."""

    def __init__(self, variant: Variant, environment: Mapping[str, str]) -> None:
        command = [sys.executable, __file__, "--steps", *map(str, variant)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, text=True
        )

    def rate(self, images: int) -> float:
        """Images per second of one step."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return images / float(self._process.stdout.readline())

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def compared(variant: Variant, steps: int) -> tuple[list[float], list[float]]:
    """Images per second of steps after the warm-up: in a trainer's environment, in a plain one."""
    count = variant[-1]
    plain = {key: value for key, value in os.environ.items() if key != "GLIBC_TUNABLES"}
    with Steps(variant, trainer_environment()) as ours, Steps(variant, plain) as other:
        found = in_turns(steps, lambda: ours.rate(count), lambda: other.rate(count))
    return found[0][WARM_UP:], found[1][WARM_UP:]


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--steps", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.steps:
        name, backbone, *numbers = given.steps
        take_steps((name, backbone, *map(int, numbers)))
        return
    variants, steps = (QUICK, 5) if given.quick else (VARIANTS, 40)
    goals = [rates(variant[0], *compared(variant, steps), GOAL) for variant in variants]
    tell("huge_pages", given.quick, goals)


if __name__ == "__main__":
    main()
