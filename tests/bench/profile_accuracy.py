"""How right the expected time is: `.venv-torch/bin/python tests/bench/profile_accuracy.py`.

ours: the total that a profile job foretells for a run on the sample dataset. reference: the seconds
that the run then takes, from the start of its process to its end. The ratio is that of the smaller
to the larger one: within 30 % of each other it is at least 0.7.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.jobs import done, made, measured_profile
from tests.bench.measuring.result import tell
from training_api.formats import scan_folder
from training_api.spec.profile import estimate

ROOT = Path(__file__).resolve().parents[2]
GOAL = 0.7


def measured(preset: str, parameters: dict[str, Any]) -> tuple[float, float, float]:
    """Seconds of a run as foretold and as they came, and those of the measurement."""
    version = scan_folder(ROOT / "datasets" / "dummy_dataset").version
    assert version is not None
    spec = {"name": "a", "dataset": version.id, "preset": preset, "hyper_parameters": parameters}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        profile, job, measuring = measured_profile(home, version, spec)
        foretold = estimate(profile, job.hyper_parameters).total_seconds
        training = made(home, version, spec | {"kind": "train"})
        return foretold, done(training, "training_api.trainer"), measuring


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--preset", default="fast")
    given = parser.parse_args()
    size = {"base_size": 128, "epochs": 1} if given.quick else {"epochs": 3}
    ours, real, measuring = measured(given.preset, size)
    ratio = min(ours / real, real / ours)
    goal = {"name": "total seconds", "ours": ours, "reference": real, "ratio": ratio, "goal": GOAL}
    tell("profile_accuracy", given.quick, [goal], measuring_seconds=measuring)


if __name__ == "__main__":
    main()
