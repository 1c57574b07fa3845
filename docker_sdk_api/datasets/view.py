"""Datasets as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from docker_sdk_api.datasets.check import DatasetCheck
from docker_sdk_api.datasets.library import DatasetFolder, DatasetLibrary
from training_api.spec.dataset import DatasetVersion, Problem

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
        "classes": class_rows(version) if version else [],
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
        **_content(version),
    }


def version_view(version: DatasetVersion) -> dict[str, Any]:
    """A version by itself: its own check had no errors."""
    return {
        "name": version.name,
        "images": len(version.samples),
        "problems": [],
        **_content(version),
    }


def _content(version: DatasetVersion | None) -> dict[str, Any]:
    if version is None:
        return {"version": None, "classes": [], "sizes": [], "samples": []}
    sizes = Counter((sample.width, sample.height) for sample in version.samples)
    return {
        "version": version.id,
        "classes": class_rows(version),
        "sizes": [
            {"width": width, "height": height, "count": count}
            for (width, height), count in sizes.most_common()
        ],
        "samples": [{"stem": sample.stem} for sample in version.samples[:_SAMPLES]],
    }


def class_rows(version: DatasetVersion) -> list[dict[str, Any]]:
    """Id, name, colour, labelled pixels and their share per class."""
    totals = [sum(column) for column in zip(*(s.pixels for s in version.samples), strict=True)]
    return [
        {**entry.model_dump(mode="json"), "pixels": total, "share": round(share, 6)}
        for entry, total, share in zip(version.classes, totals, version.pixel_shares, strict=True)
    ]


def _counts(problems: list[Problem]) -> tuple[int, int]:
    errors = sum(problem.severity == "error" for problem in problems)
    return errors, len(problems) - errors


def _state(check: DatasetCheck | None) -> str:
    if check is None:
        return "unchecked"
    return "ready" if check.version else "invalid"
