"""FCN-ResNet-50 through the product: `.venv-torch/bin/python tests/bench/train_step.py`.

ours: images per second of whole training epochs (decode, augment, step, log) at 240×240, batch 2,
with auxiliary head. References, in the same run on the same machine:
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
from tests.bench.measuring.result import rate, tell
from tests.bench.references.torch_example import example_rate
from training_api.spec.hyper_parameters import EngineName

ROOT = Path(__file__).resolve().parents[2]
LOSS = {"loss": {"name": "cross_entropy", "options": {"class_weights": "none"}}}
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
    size, steps = (96, 3) if quick else (240, 12)
    version = sample()
    clock = epoch(EngineName.torch, version, size, LOSS, optimizer="sgd")
    found = clock.rate(BATCH)
    goals = [
        rate("of the bare step", found, clock.bare_rate(BATCH), 0.95),
        rate("over PyTorch's example", found, example_rate(version, size, BATCH, steps), 2.5),
        rate("over GluonCV's step", found, gluoncv_rate(size, steps), 4.5),
    ]
    tell("train_step", quick, goals)


if __name__ == "__main__":
    main()
