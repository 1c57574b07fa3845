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
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measuring.cores import take_all_cores
from tests.bench.measuring.result import duration, tell
from tests.training_jobs import make_job
from training_api.formats import scan_folder
from training_api.spec.dataset import DatasetVersion
from training_api.spec.events import read_events
from training_api.spec.preset import preset_named, recommended
from training_api.spec.split import DatasetSplit, digest_of

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ROOT / "tests" / "bench" / "references" / "plain_loop.py"
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


def ours(version: DatasetVersion, seed: int, quality: float) -> tuple[float, list[list[float]]]:
    """(seconds to `quality`, [seconds, mIoU] of every validation until then)."""
    preset = preset_named("fast")
    values = recommended(preset.engine, preset) | {"seed": seed}
    with tempfile.TemporaryDirectory() as scratch:
        directory = make_job(Path(scratch), version, {"preset": "fast"}, **values)
        take_all_cores(directory)
        committed_split(seed).save(directory.split_path)
        began = time.monotonic()
        agent = subprocess.Popen(
            [sys.executable, "-m", "training_api", str(directory.path), "1"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        curve: list[list[float]] = []
        try:
            while agent.poll() is None and time.monotonic() - began < LONGEST:
                time.sleep(0.1)
                events = [event for _, event in read_events(directory.events_path)]
                told = [event for event in events if event["event"] == "validation"]
                for event in told[len(curve) :]:
                    curve.append([time.monotonic() - began, event["miou"] or 0.0])
                if curve and curve[-1][1] >= quality:
                    return curve[-1][0], curve
        finally:
            (directory.attempt(1).path / "stop").touch()
            agent.wait()
    return LONGEST, curve


def plain(version: DatasetVersion, seed: int, quality: float) -> tuple[float, list[list[float]]]:
    """As `ours`, for the plain loop."""
    with tempfile.TemporaryDirectory() as scratch:
        manifest = version.save(Path(scratch))
        committed_split(seed).save(Path(scratch) / "split.json")
        words = [manifest, Path(scratch) / "split.json", seed, quality, LONGEST]
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, str(PLAIN), *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        curve = [[time.monotonic() - began, float(line)] for line in process.stdout]
        process.wait()
    return (curve[-1][0] if curve and curve[-1][1] >= quality else LONGEST), curve


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
    runs = [(ours(version, seed, quality), plain(version, seed, quality)) for seed in seeds]
    found = statistics.median(run[0][0] for run in runs)
    reference = statistics.median(run[1][0] for run in runs)
    goals = [
        duration("seconds to 0.80 mIoU", found, GOAL_SECONDS, 1.0),
        duration("against a plain PyTorch loop", found, reference, 2.0),
    ]
    curves = [{"ours": run[0][1], "plain": run[1][1]} for run in runs]
    tell("time_to_quality", given.quick, goals, curves=curves)


if __name__ == "__main__":
    main()
