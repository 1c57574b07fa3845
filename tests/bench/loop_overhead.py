"""What the loop adds to bare training steps: `.venv-torch/bin/python tests/bench/loop_overhead.py`.

ours: images per second of a whole run on the sample dataset with the Fast preset's network:
reading, augmentation, metrics, events, samples and checkpoints included, only the network's own
work in validation left out. reference: the same engine doing steps on batches that lie ready,
in turns with the loop's.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.clock import Clock, clocked
from tests.bench.measuring.cores import take_all_cores
from tests.bench.measuring.result import rate, tell
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.journal import Journal
from training_api.training import Training

ROOT = Path(__file__).resolve().parents[2]
GOAL = 0.95
BATCH = 4


def measured(quick: bool) -> Clock:
    """A run on the sample dataset, timed."""
    version = scan_folder(ROOT / "datasets" / "dummy_dataset").version
    assert version is not None
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        size = {"base_size": 128, "epochs": 2} if quick else {"base_size": 240, "epochs": 6}
        directory = make_job(Path(scratch), version, {"preset": "fast"}, batch_size=BATCH, **size)
        take_all_cores(directory)
        Training(directory, 1, Journal(directory, 1)).run(clocked(clock))
    return clock


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    clock = measured(quick)
    goal = rate("images per second", clock.rate(BATCH), clock.bare_rate(BATCH), GOAL)
    tell("loop_overhead", quick, [goal])


if __name__ == "__main__":
    main()
