"""Job directories whose work a benchmark starts by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.measuring.cores import take_all_cores
from tests.training_jobs import add_attempt
from training_api.spec.dataset import DatasetVersion
from training_api.spec.directory import JobDirectory
from training_api.spec.files import write_json
from training_api.spec.job import JobSpec
from training_api.spec.kinds import spec_from
from training_api.spec.profile import Profile

ROOT = Path(__file__).resolve().parents[3]


def made(home: Path, version: DatasetVersion, document: dict[str, Any]) -> JobDirectory:
    """A job directory with its first attempt, for the whole processor."""
    directory = JobDirectory(home / str(document["kind"]))
    directory.path.mkdir()
    write_json(directory.spec_path, spec_from(document).document())
    add_attempt(home, directory, version)
    take_all_cores(directory)
    return directory


def done(directory: JobDirectory, module: str) -> float:
    """Seconds that the worker takes."""
    began = time.monotonic()
    command = [sys.executable, "-m", module, str(directory.path), "1"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def measured_profile(
    home: Path, version: DatasetVersion, spec: dict[str, Any]
) -> tuple[Profile, JobSpec, float]:
    """What a profile job finds out about `spec`, that spec as a job's, and the seconds it took."""
    version.save(home)
    profile = made(home, version, spec | {"kind": "profile"})
    seconds = done(profile, "training_api.profiler")
    return Profile.load(profile.profile_path), JobSpec.model_validate(spec), seconds
