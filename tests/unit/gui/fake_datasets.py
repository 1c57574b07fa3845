"""Datasets as the API would tell them: good, warned, broken, unchecked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.gui.fake_jobs import CLASSES

CAMVID = (
    "sky", "building", "pole", "road", "sidewalk", "tree", "sign symbol", "fence",
    "car", "pedestrian", "bicyclist and everything else on two wheels", "void marking",
)  # fmt: skip
COLOURS = (
    (128, 128, 128), (128, 0, 0), (192, 192, 128), (128, 64, 128), (60, 40, 222), (128, 128, 0),
    (192, 128, 128), (64, 64, 128), (64, 0, 128), (64, 64, 0), (0, 128, 192), (255, 255, 255),
)  # fmt: skip


def _scan(
    name: str, version: str | None, images: int, classes: Any, problems: Any
) -> dict[str, Any]:
    return {
        "name": name, "version": version, "images": images, "classes": classes,
        "problems": problems, "sizes": [{"width": 320, "height": 240, "count": images}],
        "samples": [{"stem": f"part {index:03d}"} for index in range(min(images, 12))],
    }  # fmt: skip


def _classes(names: Any, shares: Any, colours: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": index,
            "name": name,
            "colour": list(colour),
            "pixels": int(share * 1e7),
            "share": share,
        }
        for index, (name, share, colour) in enumerate(zip(names, shares, colours, strict=True))
    ]


def scans() -> dict[str, dict[str, Any]]:
    """Scan views by dataset name."""
    sample = _classes(
        [entry["name"] for entry in CLASSES],
        [0.9656, 0.0067, 0.0277],
        [entry["colour"] for entry in CLASSES],
    )
    street = _classes(
        CAMVID, [0.17, 0.23, 0.01, 0.31, 0.06, 0.1, 0.01, 0.01, 0.06, 0.01, 0.03, 0.0], COLOURS
    )
    warning = {
        "code": "empty_class", "severity": "warning", "count": 1, "files": [],
        "message": "The class “void marking” has no pixel in any label; it cannot be learnt.",
    }  # fmt: skip
    errors = [
        {"code": "size_differs", "severity": "error", "count": 3,
         "message": "3 labels have another size than their image. Export them again at full size.",
         "files": ["labels/a.b.png", "labels/IMG_20190308_113012.png", "labels/<b>x</b>.png"]},
        {"code": "label_value", "severity": "error", "count": 27,
         "message": "27 labels hold ids that objectclasses.json does not list (4, 9). Add the "
         "classes or correct the labels.",
         "files": [f"labels/part_{index:03d}.png" for index in range(20)]},
    ]  # fmt: skip
    return {
        "dummy_dataset": _scan("dummy_dataset", "dv-0123456789abcdef", 60, sample, []),
        "camvid": _scan("camvid", "dv-2222222222222222", 468, street, [warning]),
        "broken export of last week": _scan("broken export of last week", None, 51, sample, errors),
    }


def listing() -> list[dict[str, Any]]:
    """GET /datasets: the scanned ones in short, and one that nobody looked at yet."""
    rows = []
    for scan in scans().values():
        severities = [problem["severity"] for problem in scan["problems"]]
        rows.append(
            {
                "name": scan["name"],
                "format": "folder",
                "version": scan["version"],
                "images": scan["images"],
                "classes": scan["classes"],
                "errors": severities.count("error"),
                "warnings": severities.count("warning"),
                "state": "ready" if scan["version"] else "invalid",
                "sample": "part 000" if scan["version"] else None,
            }
        )
    rows.append(
        {"name": "weld_seams", "format": "folder", "version": None, "images": None,
         "sample": None, "classes": [], "errors": 0, "warnings": 0, "state": "unchecked"}
    )  # fmt: skip
    return rows


def split(scan: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """CamVid brings a split of its own."""
    brought = scan["name"] == "camvid"
    own = brought and query.get("use_dataset_split", "true").lower() == "true"
    training = 367 if own else round(scan["images"] * int(query["training_percent"]) / 100)
    training = min(max(training, 1), scan["images"] - 1)
    rest = scan["images"] - training
    return {"training": training, "validation": rest, "brought": brought, "own": own}


def mark_read(listing: list[dict[str, Any]], name: str) -> None:
    """What a check changes in the list."""
    for entry in listing:
        if entry["name"] == name and entry["state"] == "unchecked":
            entry.update(state="ready", images=60, version="dv-0123456789abcdef")
