"""From Start to a usable model: `.venv-torch/bin/python tests/bench/time_to_quality.py [DATASET]`.

ours: seconds from the start of the job's process to the first validation of at least 0.80 mIoU on
car_panel (51 photos, 3 classes) with the Fast preset, median of seeds 0 to 2 with the file lists in
tests/bench/splits. references: 90 seconds; and the same network trained by a plain PyTorch loop
(float32, AdamW, batch 4, flips) with the same split, sizes and validation cadence in the same run.
DATASET is the folder of car_panel, by default ../shared/data/car_panel.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.cores import take_all_cores
from tests.bench.measuring.curves import Curve, job_curve, plain_curve
from tests.bench.measuring.result import duration, tell
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetVersion
from training_api.spec.preset import preset_named, recommended
from training_api.spec.split import DatasetSplit, digest_of

ROOT = Path(__file__).resolve().parents[2]
QUALITY, GOAL_SECONDS = 0.80, 90.0
LONGEST = 1200.0
"""Seconds after which a run counts as not having got there."""


def committed_split(seed: int) -> DatasetSplit:
    """The file lists of `seed`."""
    path = ROOT / "tests" / "bench" / "splits" / f"car_panel_{seed}.json"
    lists = json.loads(path.read_text())
    training, validation = lists["training"], lists["validation"]
    return DatasetSplit(
        training=training, validation=validation, sha256=digest_of(training, validation)
    )


def ours(version: DatasetVersion, seed: int, quality: float) -> Curve:
    """The curve of a run with the Fast preset until `quality`."""
    preset = preset_named("fast")
    values = recommended(preset.engine, preset) | {"seed": seed}
    with tempfile.TemporaryDirectory() as scratch:
        directory = make_job(Path(scratch), version, {"preset": "fast"}, **values)
        take_all_cores(directory)
        committed_split(seed).save(directory.split_path)
        return job_curve(directory, quality, LONGEST)


def reached(curve: Curve, quality: float) -> float:
    """Seconds to the last validation if it brought `quality`, LONGEST otherwise."""
    return curve[-1][0] if curve and curve[-1][1] >= quality else LONGEST


def main() -> None:
    """Measure and print; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", nargs="?", default=ROOT / "../shared/data/car_panel", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    version = scan_folder(given.dataset).version
    if version is None:
        sys.exit(f"{given.dataset} is not a sound dataset; name the folder of car_panel.")
    quality = 0.2 if given.quick else QUALITY
    seeds = [0] if given.quick else [0, 1, 2]
    runs = []
    for seed in seeds:
        plain = plain_curve(version, committed_split(seed), seed, quality, LONGEST)
        runs.append((ours(version, seed, quality), plain))
    found = statistics.median(reached(run[0], quality) for run in runs)
    reference = statistics.median(reached(run[1], quality) for run in runs)
    goals = [
        duration("seconds to 0.80 mIoU", found, GOAL_SECONDS, 1.0),
        duration("against a plain PyTorch loop", found, reference, 2.0),
    ]
    curves = [{"ours": run[0], "plain": run[1]} for run in runs]
    tell("time_to_quality", given.quick, goals, curves=curves)


if __name__ == "__main__":
    main()
