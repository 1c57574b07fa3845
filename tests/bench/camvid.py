"""CamVid from scratch in 20 minutes: `.venv-torch/bin/python tests/bench/camvid.py [DATASET]`.

ours: the best validation mIoU of a run with the Fast preset within so many minutes of its start,
median over the seeds; its epochs are as many as fit by a profile job's measurement before it.
reference: the same network in a plain PyTorch loop (float32, AdamW, batch 4, flips) on the same
split with the same validation cadence, in the same minutes. DATASET is a folder of CamVid, by
default ../shared/data/camvid; 11 classes, void ignored, its own split.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.curves import Curve, job_curve, plain_curve
from tests.bench.measuring.jobs import made, measured_profile
from tests.bench.measuring.result import rate, tell
from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetVersion
from training_api.spec.preset import preset_named, recommended
from training_api.spec.profile import Profile, estimate
from training_api.spec.split import Split, split_of

ROOT = Path(__file__).resolve().parents[2]
ABOVE_ALL = 2.0
"""A mIoU that ends no run."""
GOAL = 1.0
MOST_EPOCHS = 1000


def fitting_epochs(profile: Profile, spec: Any, minutes: float) -> int:
    """As many epochs as a run of `minutes` has time for, its setting up and publishing included."""
    for epochs in range(2, MOST_EPOCHS):
        values = spec.hyper_parameters.model_copy(update={"epochs": epochs})
        if estimate(profile, values).total_seconds > 60 * minutes:
            return epochs - 1
    return MOST_EPOCHS


def ours(version: DatasetVersion, seed: int, minutes: float, given: dict[str, Any]) -> Curve:
    """The curve of a run with the Fast preset."""
    preset = preset_named("fast")
    values = recommended(preset.engine, preset) | {"seed": seed, "max_minutes": minutes} | given
    spec = {"name": "a", "dataset": version.id, "preset": "fast", "hyper_parameters": values}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        values["epochs"] = fitting_epochs(*measured_profile(home, version, spec)[:2], minutes)
        directory = made(home, version, spec | {"kind": "train"})
        return job_curve(directory, ABOVE_ALL, 60 * minutes)


def best(curve: Curve, minutes: float) -> float:
    """The best mIoU of the validations that ended in time."""
    found = [miou for seconds, miou in curve if seconds <= 60 * minutes]
    if not found:
        sys.exit(f"No validation ended within {minutes:g} minutes: give more with --minutes.")
    return max(found)


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", nargs="?", default=ROOT / "../shared/data/camvid", type=Path)
    parser.add_argument("--quick", action="store_true", help="a minute of the sample dataset")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    folder = ROOT / "datasets" / "dummy_dataset" if given.quick else given.dataset
    minutes, seeds = (1.0, [0]) if given.quick else (given.minutes, given.seeds)
    size = {"base_size": 96} if given.quick else {}
    version = scan_folder(folder).version
    if version is None:
        sys.exit(f"{folder} is not a sound dataset; name the folder of CamVid.")
    runs = []
    for seed in seeds:
        split = split_of(version, Split(), seed)
        plain = plain_curve(version, split, seed, ABOVE_ALL, 60 * minutes, size.get("base_size", 0))
        runs.append((ours(version, seed, minutes, size), plain))
    found, reference = (statistics.median(best(run[n], minutes) for run in runs) for n in (0, 1))
    goals = [rate(f"mIoU after {minutes:g} minutes", found, reference, GOAL)]
    curves = [{"ours": run[0], "plain": run[1]} for run in runs]
    tell("camvid", given.quick, goals, seeds=seeds, curves=curves)


if __name__ == "__main__":
    main()
