"""FCN-ResNet-50 through the product: `.venv-torch/bin/python tests/bench/train_step.py`.

ours: images per second of whole training epochs (decode, augment, step, log) at 240×240, batch 2,
with auxiliary head. References, in turns with ours on the same machine:
(a) the same engine's bare step on batches in memory;
(b) a loop as PyTorch's own segmentation example runs it, in float32;
(c) the training step of GluonCV's example on a batch in memory, with oneDNN, hybridized.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.fcn import BATCH, epoch, sample
from tests.bench.measuring.result import rates, tell
from tests.bench.measuring.turns import in_turns
from tests.bench.references.torch_example import example_rate
from training_api.spec.hyper_parameters import EngineName

ROOT = Path(__file__).resolve().parents[2]
GLUONCV = ROOT / "tests" / "bench" / "references" / "gluoncv_fcn_step.py"


def gluoncv_rate(size: int, steps: int) -> float:
    """Images per second of GluonCV's step, in its environment."""
    python = ROOT / ".venv-gluoncv" / "bin" / "python"
    done = subprocess.run(
        [str(python), str(GLUONCV), str(size), str(steps)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])["images_per_second"])


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    size, steps, rounds = (96, 3, 1) if quick else (240, 12, 3)
    version = sample()
    epochs, example, gluoncv = in_turns(
        rounds,
        lambda: epoch(EngineName.torch, size),
        lambda: example_rate(version, size, BATCH, steps),
        lambda: gluoncv_rate(size, steps),
    )
    ours = [each.loop for each in epochs]
    bare = [each.bare for each in epochs]
    goals = [
        rates("of the bare step", ours, bare, 0.95),
        rates("over PyTorch's example", ours, example, 2.5),
        rates("over GluonCV's step", ours, gluoncv, 4.5),
    ]
    tell("train_step", quick, goals)


if __name__ == "__main__":
    main()
