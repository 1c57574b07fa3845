"""Published weights as the API would tell of them, one here, one on its way, others not."""

from __future__ import annotations

from typing import Any

PRESENT, COMING, ABSENT = "torchvision:resnet18", "torchvision:resnet34", "torchvision:resnet101"


def file(weights_id: str, kind: str = "backbone", **changes: Any) -> dict[str, Any]:
    """A WeightsFile of the torch engine."""
    name = weights_id.partition(":")[2]
    return {
        "id": weights_id, "title": f"{name}, ImageNet-1k", "kind": kind, "engine": "torch",
        "encoder": name if kind == "backbone" else "", "network": "", "options": {},
        "dataset": "ImageNet-1k", "classes": [],
        "licence": "BSD-3-Clause (torchvision); the terms of ImageNet may limit commercial use",
        "url": f"https://download.pytorch.org/models/{name}.pth", "digest": "sha256:f37072fd",
        "bytes": 46_800_000, "present": False, "checked": None, "source": None, "added": None,
        "job_id": None,
    } | changes  # fmt: skip


class FakeWeights:
    """The answers below /weights; `fetched` are the ids that were asked for."""

    def __init__(self) -> None:
        here = {"present": True, "checked": "sha256:f37072fd", "source": "by hand, from a.pth"}
        self.files = [
            file(PRESENT, **here, added="2026-01-31T12:00:00.000Z"),
            file(COMING, job_id="j-fetch"),
            file(ABSENT),
            file(
                "torchvision:deeplabv3_resnet101_coco", "network", network="deeplabv3",
                options={"backbone": "resnet101"}, dataset="COCO with VOC's classes",
            ),
        ]  # fmt: skip
        self.classifiers = [
            {"name": "good or bad", "architecture": "resnet18", "format": "safetensors",
             "classes": ["good", "bad"]},
        ]  # fmt: skip
        self.fetched: list[str] = []

    def one(self, weights_id: str) -> dict[str, Any] | None:
        """The file of this id."""
        return next((row for row in self.files if row["id"] == weights_id), None)

    def has(self, weights_id: str) -> bool:
        """Whether the file is here; if not, it is noted as asked for."""
        found = self.one(weights_id)
        if found and found["present"]:
            return True
        self.fetched.append(weights_id)
        return False

    def listing(
        self, models: list[dict[str, Any]], query: Any, backbone: str | None
    ) -> dict[str, Any]:
        """The WeightsList, with a `backbone` of what fits it."""
        network = query.get("network")
        files = [
            row
            for row in self.files
            if not network
            or (row["encoder"] == backbone if row["encoder"] else row["network"] == network)
        ]
        names = ("id", "name", "engine", "network", "backbone", "dataset", "miou")
        return {
            "files": files,
            "models": [
                {name: model[name] for name in names}
                for model in models
                if network in (None, model["network"])
            ],
            "classifiers": [
                row
                for row in self.classifiers
                if backbone in (None, row["architecture"]) or not network
            ],
        }
