"""What the API tells about one job, one model, the machine and the catalogue."""

from __future__ import annotations

from typing import Any

from tests.unit.gui.fake_jobs import CLASSES, moment, validation
from training_api.spec.hyper_parameters import EngineName, HyperParameters
from training_api.spec.job import JobSpec
from training_api.spec.kinds.fetch import FetchSpec
from training_api.spec.preset import PRESETS, recommended

LOG = [
    "Segsmith trainer, attempt 1, torch engine: loading the framework",
    "41 training images, 10 validation images, split 3f9a1c of seed 0",
    *(
        f"epoch {epoch:3d}/30  loss {1.4 * 0.88**epoch:.4f}  mIoU {0.4 + epoch * 0.04:.3f}"
        for epoch in range(1, 13)
    ),
    "notice: <b>not bold</b> & nothing to escape here",
]


def spec_of(job: dict[str, Any]) -> dict[str, Any]:
    """The job's explicit spec."""
    if job["kind"] == "fetch":
        return FetchSpec(name=job["name"], weights=job["weights"]).document()
    options = {"backbone": job["backbone"]} if job["backbone"] else {}
    return JobSpec.model_validate(
        {
            "name": job["name"],
            "dataset": job["dataset"]["id"] or "dv-gone",
            "preset": job["preset"],
            "engine": job["engine"],
            "network": {"name": job["network"], "options": options},
        }
    ).document()


def detail(job: dict[str, Any]) -> dict[str, Any]:
    """The JobDetail of a JobView."""
    epochs = len(job["sparkline"])
    best = job["best"]["epoch"] if job["best"] else None
    ended = job["ended"] is not None
    return job | {
        "spec": spec_of(job),
        "classes": CLASSES if job["started"] else [],
        "started_event": _started(job) if epochs else None,
        "weights_event": _weights() if job["id"] == "j-done" else None,
        "attempts": [_attempt(job, ended)] if job["started"] else [],
        "validations": [validation(epoch, 3, epoch == best) for epoch in range(1, epochs + 1)],
        "samples": [_sample(epoch) for epoch in range(1, epochs + 1)],
        "resources": [
            {
                "time": moment(30 - index / 4),
                "cpu": 150 + index % 7 * 8,
                "memory": 1.9e9 + index * 2e6,
            }
            for index in range(60 if epochs else 0)
        ],
        "notices": ["Batch size 4 does not divide 41 images; the last batch of an epoch has 1."],
    }


def _started(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": "started", "engine": job["engine"], "network": job["network"], "epochs": 30,
        "steps_per_epoch": 11, "training_images": 41, "validation_images": 10,
        "classes": ["background", "pad", "circle"], "parameters": 14_328_499, "device": "cpu",
        "precision": "bfloat16", "first_epoch": 1, "attempt": 1, "time": moment(30),
    }  # fmt: skip


def _weights() -> dict[str, Any]:
    """A published network, of whose head one row was kept."""
    return {
        "event": "weights", "attempt": 1, "time": moment(30), "mode": "named",
        "id": "torchvision:fcn_resnet50_coco", "dataset": "COCO", "source": "by hand",
        "sha256": "0" * 64, "licence": "BSD-3-Clause", "freeze_backbone": True,
        "loaded": [f"backbone.layer{number}.weight" for number in range(122)],
        "replaced": ["classifier.4.weight", "classifier.4.bias"], "kept_classes": ["background"],
        "fresh": [], "missing": [], "unexpected": ["aux_classifier.4.weight"],
        "mismatched": [{"name": "stem.conv.weight", "in_file": [64, 3], "in_network": [32, 3]}],
    }  # fmt: skip


def _attempt(job: dict[str, Any], ended: bool) -> dict[str, Any]:
    return {
        "number": 1, "state": job["state"], "reason": job["reason"], "message": job["message"],
        "started": job["started"], "ended": job["ended"],
        "log_tail": ["torch.OutOfMemoryError: <tried to allocate 5.2 GiB>"] if ended else [],
    }  # fmt: skip


def _sample(epoch: int) -> dict[str, Any]:
    stems = ("IMG_20190308_113012", "IMG_20190308_113144", "IMG_20190308_113301")
    return {
        "event": "sample", "epoch": epoch, "attempt": 1, "time": moment(30),
        "samples": [
            {
                "stem": stem, "image": f"samples/{epoch:04d}/{stem}_image.jpg",
                "truth": f"samples/{epoch:04d}/{stem}_truth.png",
                "prediction": f"samples/{epoch:04d}/{stem}_prediction.png",
            }
            for stem in stems
        ],
    }  # fmt: skip


def model(job: dict[str, Any]) -> dict[str, Any]:
    """The ModelView of a job that published one."""
    last = validation(job["best"]["epoch"])
    return {
        "id": job["model_id"], "name": job["name"], "job_id": job["id"], "created": moment(4),
        "engine": job["engine"], "network": job["network"], "backbone": job["backbone"],
        "dataset": job["dataset"], "miou": last["miou"],
        "iou": {entry["name"]: last["iou"][entry["id"]] for entry in CLASSES},
        "classes": CLASSES, "size_bytes": 57_412_331,
        "exports": ["onnx"] if job["engine"] == "torch" else [],
    }  # fmt: skip


def system() -> dict[str, Any]:
    """A machine with two GPUs, one of them busy, and one engine missing."""
    gib = 2**30
    return {
        "version": "0.1.0", "hostname": "bench-7", "cpus": 16, "memory_total": 64 * gib,
        "memory_free": 44_560_285_696, "disk_total": 500 * 10**9, "disk_free": 212 * 10**9,
        "home": "/srv/segsmith/var", "home_shown": "/srv/segsmith/var", "bfloat16": True,
        "dataset_roots": ["/srv/segsmith/datasets"],
        "dataset_roots_shown": ["/srv/segsmith/datasets"],
        "gpus": [
            {"uuid": "GPU-aaaa-1", "name": "NVIDIA RTX 4000 Ada", "memory_total": 20 * gib,
             "memory_free": 20_615_843_020, "busy_percent": 2, "job": None},
            {"uuid": "GPU-bbbb-2", "name": "NVIDIA RTX 4000 Ada", "memory_total": 20 * gib,
             "memory_free": 3_328_599_654, "busy_percent": 97, "job": "car panel, U-Net"},
        ],
        "engines": [
            {"name": "torch", "title": "PyTorch", "available": True, "reason": ""},
            {"name": "gluoncv", "title": "GluonCV", "available": False,
             "reason": "The gluoncv engine is not installed on this machine. Run “make setup”."},
        ],
        "queue": {"slots": 1, "running": 1, "queued": 2, "paused": False},
        "checks": [
            {"name": "disk", "title": "Disk", "ok": True, "message": "212 GB free of 500 GB."},
            {"name": "docker_shm", "title": "Shared memory", "ok": False,
             "message": "/dev/shm has 64 MB; give the container --shm-size=1g."},
        ],
    }  # fmt: skip


def catalogue() -> dict[str, Any]:
    """Presets and hyper-parameters as shipped, and three networks."""
    return {
        "presets": [
            preset.model_dump(mode="json")
            | {"hyper_parameters": recommended(preset.engine, preset)}
            for preset in PRESETS
        ],
        "engines": [
            {"name": name.value, "title": title, "available": True, "reason": "",
             "hyper_parameters": recommended(name, None)}
            for name, title in ((EngineName.torch, "PyTorch"), (EngineName.gluoncv, "GluonCV"))
        ],
        "networks": [
            _network("torch", "unet", "U-Net", ["resnet18", "resnet34"]),
            _network("torch", "deeplabv3plus", "DeepLabV3+", ["mobilenet_v3_large", "resnet50"]),
            _network("torch", "deeplabv3", "DeepLabV3", ["resnet50", "resnet101"]),
            _network("gluoncv", "fcn", "FCN", ["resnet50", "resnet101"]),
            _network("gluoncv", "fastscnn", "Fast-SCNN", []),
        ],
        "gflops_side": 512,
        "losses": [
            {"name": "cross_entropy", "title": "Cross entropy", "summary": "The classic.",
             "engines": ["torch", "gluoncv"], "options_schema": {"properties": {}}},
            {"name": "cross_entropy_dice", "title": "Cross entropy + Dice",
             "summary": "For small objects.", "engines": ["torch", "gluoncv"],
             "options_schema": {"properties": {"dice_weight": {
                 "type": "number", "default": 0.5, "minimum": 0, "maximum": 1,
                 "title": "Dice weight", "description": "Share of the Dice loss."}}}},
        ],
        "augmentations": [
            _augmentation("scale", "Scale", True, ("smallest", 0.75), ("largest", 1.33)),
            _augmentation("rotation", "Rotation", False, ("degrees", 10)),
        ],
        "hyper_parameters": HyperParameters.model_json_schema(),
    }  # fmt: skip


def _augmentation(name: str, title: str, usual: bool, *options: tuple[str, float]) -> Any:
    properties = {
        option: {
            "type": "number", "default": default, "minimum": 0.1, "maximum": 180,
            "title": option.title(), "description": f"The {option} of {title}.",
        }
        for option, default in options
    }  # fmt: skip
    return {
        "name": name, "title": title, "summary": f"What {title} does.", "usual": usual,
        "options_schema": {"properties": properties, "title": "Options", "type": "object"},
    }  # fmt: skip


def _network(engine: str, name: str, title: str, backbones: list[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if backbones:
        properties["backbone"] = {
            "type": "string", "enum": backbones, "default": backbones[0], "title": "Backbone",
            "description": "The encoder; the larger number is the deeper one.",
        }  # fmt: skip
    return {
        "engine": engine, "name": name, "title": title,
        "summary": f"{title} in one plain sentence about what it is good for.",
        "paper": "Ronneberger, Fischer, Brox, U-Net, MICCAI 2015", "licence": "MIT",
        "multiple": 32, "smallest": 32,
        "options_schema": {"properties": properties, "title": "Options", "type": "object"},
        "variants": [_variant(engine, name) for name in backbones or [None]],
    }  # fmt: skip


def _variant(engine: str, backbone: str | None) -> dict[str, Any]:
    """Only torch's networks were counted, and only one was measured."""
    counted = engine == "torch"
    measured = {
        "height": 512, "width": 512, "batch_size": 4, "device": "AMD EPYC", "cpus": 2,
        "precision": "bfloat16", "images_per_second": 12.34, "job_id": "j-done",
        "time": moment(40),
    }  # fmt: skip
    return {
        "backbone": backbone, "title": (backbone or "").replace("resnet", "ResNet-") or None,
        "paper": "He et al., Deep Residual Learning, 2015", "licence": "BSD-3-Clause (torchvision)",
        "backbone_weights": ["Research only"] if backbone else [], "network_weights": ["CC BY 4.0"],
        "parameters": 12_521_637 if counted else None, "gflops": 35.68 if counted else None,
        "measured": [measured] if backbone == "resnet18" else [],
    }  # fmt: skip
