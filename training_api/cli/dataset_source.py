"""Where a command takes a dataset folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from training_api.spec.dataset import DatasetVersion, Problem
from training_api.spec.errors import InvalidDataset
from training_api.spec.scan import Scan


def scanned(folder: Path) -> Scan:
    """Read and check all files of `folder`. Raises InvalidDataset if there is no such folder."""
    from training_api.formats import scan_folder

    return scan_folder(folder)


def registered_version(folder: Path, home: Path, say: Callable[[str], None]) -> DatasetVersion:
    """The folder's dataset version, its manifest saved in `home`; warnings are said.

    Raises InvalidDataset with every error, one sentence each, and NotAHome.
    """
    from docker_sdk_api.home import Home

    Home(home).require_own()
    say(f"Reading {folder} …")
    scan = scanned(folder)
    for problem in scan.problems:
        if problem.severity == "warning":
            say(f"Warning: {sentence(problem)}")
    if scan.version is None:
        errors = [sentence(entry) for entry in scan.problems if entry.severity == "error"]
        raise InvalidDataset("\n       ".join(errors), field="dataset")
    (home / "datasets").mkdir(parents=True, exist_ok=True)
    scan.version.save(home / "datasets")
    shares = zip(scan.version.classes, scan.version.pixel_shares, strict=True)
    classes = ", ".join(f"{entry.name} {share:.2%}" for entry, share in shares)
    say(f"{len(scan.version.samples)} images; pixels: {classes}")
    return scan.version


def sentence(problem: Problem) -> str:
    """The problem with its first files."""
    if not problem.files:
        return problem.message
    shown = ", ".join(problem.files[:5])
    more = f" and {problem.count - 5} more" if problem.count > 5 else ""
    return f"{problem.message} ({shown}{more})"
