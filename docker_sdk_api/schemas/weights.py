"""What trainings can start from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from docker_sdk_api.schemas.job import DatasetName, JobView

_EXAMPLE_FILE: JsonDict = {
    "id": "torchvision:resnet18",
    "title": "resnet18, ImageNet-1k (V1)",
    "kind": "backbone",
    "engine": "torch",
    "encoder": "resnet18",
    "network": "",
    "options": {},
    "dataset": "ImageNet-1k",
    "classes": [],
    "licence": "BSD-3-Clause (torchvision); the terms of ImageNet may limit commercial use",
    "url": "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    "digest": "sha256:f37072fd",
    "bytes": 46830789,
    "present": False,
    "checked": None,
    "source": None,
    "added": None,
    "job_id": None,
}


class WeightsFile(BaseModel):
    """A published file. A "backbone" fits networks with this encoder, a "network" that network."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_FILE]})

    id: str
    title: str
    kind: Literal["backbone", "network"]
    engine: str
    encoder: str
    network: str
    options: dict[str, Any]
    dataset: str  # what it learned
    classes: list[str]  # of a network, in the head's order
    licence: str
    url: str
    digest: str | None  # as published, or its beginning
    bytes: int | None  # None where neither the host nor a file here tells
    present: bool  # on this machine
    checked: str | None  # the digest that it matched when it came
    source: str | None  # where it came from
    added: str | None
    job_id: str | None  # of the job that is bringing it


class OwnModel(BaseModel):
    """A model of this installation."""

    id: str
    name: str
    engine: str
    network: str | None
    backbone: str | None
    dataset: DatasetName
    miou: float | None


class ClassifierFolder(BaseModel):
    """A classifier that was added by hand; its backbone can be taken."""

    name: str
    architecture: str
    format: Literal["params", "safetensors", "both"]
    classes: list[str]


class WeightsList(BaseModel):
    """Published files, own models and classifiers."""

    files: list[WeightsFile]
    models: list[OwnModel]
    classifiers: list[ClassifierFolder]


class FetchAnswer(BaseModel):
    """`job` brings the file, unless it is `present` already."""

    present: bool
    job: JobView | None
