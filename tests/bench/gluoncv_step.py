"""FCN-ResNet-50 in the gluoncv engine: `.venv-gluoncv/bin/python tests/bench/gluoncv_step.py`.

ours: images per second of whole training epochs (decode, augment, step, log) at 240×240, batch 2,
with auxiliary head and SGD, hybridized, in bfloat16 where the processor has AMX. reference: a loop
as GluonCV's own script runs it, in float32, on the same images, in turns with ours. The bare step
is kept for the record.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.fcn import BATCH, epoch, sample
from tests.bench.measuring.result import rates, tell
from tests.bench.measuring.turns import in_turns
from tests.bench.references.gluoncv_example import example_rate
from training_api.spec.hyper_parameters import EngineName

GOAL = 1.2


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    size, steps, rounds = (96, 3, 1) if quick else (240, 12, 3)
    version = sample()
    epochs, scripts = in_turns(
        rounds,
        lambda: epoch(EngineName.gluoncv, size),
        lambda: example_rate(version, size, BATCH, steps),
    )
    ours = [each.loop for each in epochs]
    bare = [each.bare for each in epochs]
    tell("gluoncv_step", quick, [rates("over GluonCV's script", ours, scripts, GOAL)], bare=bare)


if __name__ == "__main__":
    main()
