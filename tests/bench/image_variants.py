"""What the cpu_mkl images gain over the cpu ones, and oneDNN over none: a short run in each.

    .venv/bin/python tests/bench/image_variants.py [--quick]

Each run is the trainer's own, in a container like a job's, over the sample dataset: images a second
of the last epoch, best of `ROUNDS`, in turns. Needs a Docker Engine (DOCKER_HOST) with the training
images of both variants, of this version or of the tag that SEGSMITH_TAG names.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docker_sdk_api.version import VERSION
from tests.bench.measuring.result import rate, tell
from tests.training_jobs import events_of, make_job
from training_api.formats import scan_folder

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 2
NETWORKS = {"torch": "unet", "gluoncv": "fastscnn"}
WAYS = {"cpu": ("cpu", True), "cpu_mkl": ("cpu_mkl", True), "no oneDNN": ("cpu", False)}
"""By the name of a way: the variant of the image, and `use_mkl`."""
RUN = {"epochs": 2, "base_size": 160, "crop_size": 160, "batch_size": 8}


def images_per_second(engine: str, variant: str, use_mkl: bool, epochs: int) -> float:
    """Of the last epoch of one run in a container."""
    version = scan_folder(ROOT / "datasets" / "dummy_dataset").version
    assert version is not None, "datasets/dummy_dataset cannot be read"
    place = Path(tempfile.mkdtemp(prefix="segsmith-variants-"))
    spec: dict[str, Any] = {
        "engine": engine,
        "network": {"name": NETWORKS[engine]},
        "resources": {"use_mkl": use_mkl},
        "hyper_parameters": RUN | {"epochs": epochs},
    }
    directory = make_job(place, version, spec)
    image = f"segsmith/training-{engine}:{variant}-{os.environ.get('SEGSMITH_TAG') or VERSION}"
    command = ["docker", "run", "--rm", "--network", "none", "--shm-size", "2g", "--init"]
    command += ["--user", "0:0", "--volume", f"{place}:{place}", "--volume", f"{ROOT}:{ROOT}:ro"]
    done = subprocess.run([*command, image, str(directory.path), "1"], capture_output=True)
    epochs_done = events_of(directory, "validation")
    if not epochs_done:
        raise SystemExit(f"{image}: {done.stderr.decode()[-2000:]}{directory.log_path.read_text()}")
    shutil.rmtree(place)
    return float(epochs_done[-1]["images_per_second"])


def main() -> None:
    """Measure all ways in turns; print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of one epoch each")
    quick = parser.parse_args().quick
    best: dict[str, float] = {}
    for _ in range(1 if quick else ROUNDS):
        for engine in NETWORKS:
            for way, (variant, use_mkl) in WAYS.items():
                speed = images_per_second(engine, variant, use_mkl, 1 if quick else RUN["epochs"])
                best[f"{engine}, {way}"] = max(speed, best.get(f"{engine}, {way}", 0.0))
                print(f"{engine}, {way}: {speed:.2f} images/s", flush=True)
    goals = [
        rate(f"{engine}: cpu_mkl over cpu", best[f"{engine}, cpu_mkl"], best[f"{engine}, cpu"], 1.0)
        for engine in NETWORKS
    ]
    tell("image_variants", quick, goals, images_per_second=best)


if __name__ == "__main__":
    main()
