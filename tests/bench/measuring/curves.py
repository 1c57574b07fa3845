"""How the validation mIoU of a run rises, by the clock of whoever started it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.events import read_events
from training_api.spec.split import DatasetSplit

ROOT = Path(__file__).resolve().parents[3]
PLAIN = ROOT / "tests" / "bench" / "references" / "plain_loop.py"
Curve = list[list[float]]
"""[seconds since the process was started, mIoU] of every validation."""


def job_curve(directory: JobDirectory, quality: float, seconds: float) -> Curve:
    """That of a training job's first attempt, ended at mIoU `quality` or after `seconds`."""
    began = time.monotonic()
    agent = subprocess.Popen(
        [sys.executable, "-m", "training_api", str(directory.path), "1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    curve: Curve = []
    try:
        while agent.poll() is None and time.monotonic() - began < seconds:
            time.sleep(0.1)
            events = [event for _, event in read_events(directory.events_path)]
            told = [event for event in events if event["event"] == "validation"]
            for event in told[len(curve) :]:
                curve.append([time.monotonic() - began, event["miou"] or 0.0])
            if curve and curve[-1][1] >= quality:
                break
    finally:
        (directory.attempt(1).path / "stop").touch()
        agent.wait()
    return curve


def plain_curve(
    version: DatasetVersion,
    split: DatasetSplit,
    seed: int,
    quality: float,
    seconds: float,
    base_size: int = 0,
) -> Curve:
    """As `job_curve`, of the plain loop with the Fast preset's network and, for 0, its size."""
    with tempfile.TemporaryDirectory() as scratch:
        manifest = version.save(Path(scratch))
        split.save(Path(scratch) / "split.json")
        words = [manifest, Path(scratch) / "split.json", seed, quality, seconds, base_size]
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
    return curve
