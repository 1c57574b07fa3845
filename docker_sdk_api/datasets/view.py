"""Datasets as the API shows them."""

from __future__ import annotations

from typing import Any

from docker_sdk_api.datasets.check import DatasetCheck
from docker_sdk_api.datasets.library import DatasetFolder, DatasetLibrary
from training_api.spec.dataset import DatasetVersion, Problem
from training_api.spec.scan import Contents, contents_of

_SAMPLES = 12


def summary(library: DatasetLibrary, folder: DatasetFolder) -> dict[str, Any]:
    """One line of the list; nothing is read but the last check."""
    check = library.last_check(folder)
    version = library.version(check.version) if check and check.version else None
    errors, warnings = _counts(check.problems if check else [])
    state = "checking" if library.is_checking(folder.name) else _state(check)
    return {
        "name": folder.name,
        "format": version.format if version else "folder",
        "version": version.id if version else None,
        "images": check.images if check else None,
        "sample": version.samples[0].stem if version else None,
        "classes": _contents(version)["classes"] if version else [],
        "errors": errors,
        "warnings": warnings,
        "state": state,
    }


def scan_view(library: DatasetLibrary, check: DatasetCheck) -> dict[str, Any]:
    """A check in full."""
    version = library.version(check.version) if check.version else None
    return {
        "name": check.name,
        "images": check.images,
        "problems": [problem.model_dump(mode="json") for problem in check.problems],
        **_shown(version, check.contents),
    }


def version_view(version: DatasetVersion) -> dict[str, Any]:
    """A version by itself: its own check had no errors."""
    return {
        "name": version.name,
        "images": len(version.samples),
        "problems": [],
        **_shown(version),
    }


def _shown(version: DatasetVersion | None, sound: Contents | None = None) -> dict[str, Any]:
    """Of a version, else of the files that are `sound`."""
    if version is None:
        found = sound.model_dump(mode="json") if sound else {"classes": [], "sizes": []}
        return {"version": None, "samples": [], **found}
    samples = [{"stem": sample.stem} for sample in version.samples[:_SAMPLES]]
    return {"version": version.id, "samples": samples, **_contents(version)}


def _contents(version: DatasetVersion) -> dict[str, Any]:
    return contents_of(version.classes, version.samples).model_dump(mode="json")


def _counts(problems: list[Problem]) -> tuple[int, int]:
    errors = sum(problem.severity == "error" for problem in problems)
    return errors, len(problems) - errors


def _state(check: DatasetCheck | None) -> str:
    if check is None:
        return "unchecked"
    return "ready" if check.version else "invalid"
