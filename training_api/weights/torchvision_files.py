"""torchvision: ImageNet backbones and networks trained on COCO, with the first 8 digits of SHA-256.

Source: the weights enumerations of torchvision. Its licence is BSD-3-Clause; torchvision leaves
it to the user to see whether the terms of the datasets allow the use.
"""

from __future__ import annotations

from training_api.spec.hyper_parameters import EngineName
from training_api.weights.class_names import VOC
from training_api.weights.weight_file import Digest, WeightFile

_LICENCE = "BSD-3-Clause (torchvision); the terms of {dataset} may limit commercial use"

_BACKBONES = (
    # encoder, version, file's stem, SHA-256 begins with, mebibytes; the recommended one first
    ("resnet18", "V1", "resnet18", "f37072fd", 44.661),
    ("resnet34", "V1", "resnet34", "b627a593", 83.275),
    ("resnet50", "V1", "resnet50", "0676ba61", 97.781),
    ("resnet50", "V2", "resnet50", "11ad3fa6", 97.79),
    ("resnet101", "V1", "resnet101", "63fe2227", 170.511),
    ("resnet101", "V2", "resnet101", "cd907fc2", 170.53),
    ("mobilenet_v2", "V1", "mobilenet_v2", "b0353104", 13.555),
    ("mobilenet_v2", "V2", "mobilenet_v2", "7ebf99e0", 13.598),
    ("mobilenet_v3_large", "V1", "mobilenet_v3_large", "8738ca79", 21.114),
    ("mobilenet_v3_large", "V2", "mobilenet_v3_large", "5c1a4163", 21.107),
)

_NETWORKS = (
    # id, title, network, backbone, file's stem, SHA-256 begins with, mebibytes
    ("fcn_resnet50_coco", "FCN", "fcn", "resnet50", "fcn_resnet50_coco", "1167a1af", 135.009),
    ("fcn_resnet101_coco", "FCN", "fcn", "resnet101", "fcn_resnet101_coco", "7ecb50ca", 207.711),
    (
        "deeplabv3_resnet50_coco",
        "DeepLabV3",
        "deeplabv3",
        "resnet50",
        "deeplabv3_resnet50_coco",
        "cd0a2569",
        160.515,
    ),
    (
        "deeplabv3_resnet101_coco",
        "DeepLabV3",
        "deeplabv3",
        "resnet101",
        "deeplabv3_resnet101_coco",
        "586e9e4e",
        233.217,
    ),
    (
        "deeplabv3_mobilenet_v3_large_coco",
        "DeepLabV3",
        "deeplabv3",
        "mobilenet_v3_large",
        "deeplabv3_mobilenet_v3_large",
        "fc3c493d",
        42.301,
    ),
    (
        "lraspp_mobilenet_v3_large_coco",
        "LR-ASPP",
        "lraspp",
        "mobilenet_v3_large",
        "lraspp_mobilenet_v3_large",
        "d234d4ea",
        12.49,
    ),
)


def _backbone(encoder: str, version: str, stem: str, sha256: str, size: float) -> WeightFile:
    return WeightFile(
        id=f"torchvision:{encoder}" + ("" if version == "V1" else f"-{version.lower()}"),
        title=f"{encoder}, ImageNet-1k ({version})",
        kind="backbone",
        engine=EngineName.torch,
        encoder=encoder,
        dataset="ImageNet-1k",
        path=f"{stem}-{sha256}.pth",
        file=f"{stem}-{sha256}.pth",
        digest=Digest(algorithm="sha256", value=sha256),
        mebibytes=size,
        licence=_LICENCE.format(dataset="ImageNet"),
    )


def _network(
    name: str, title: str, network: str, backbone: str, stem: str, sha256: str, size: float
) -> WeightFile:
    dataset = "COCO with VOC's classes"
    return WeightFile(
        id=f"torchvision:{name}",
        title=f"{title} with {backbone}, {dataset}",
        kind="network",
        engine=EngineName.torch,
        network=network,
        options={"backbone": backbone},
        dataset=dataset,
        classes=VOC,
        path=f"{stem}-{sha256}.pth",
        file=f"{stem}-{sha256}.pth",
        digest=Digest(algorithm="sha256", value=sha256),
        mebibytes=size,
        licence=_LICENCE.format(dataset="COCO"),
    )


FILES = (
    *(_backbone(*row) for row in _BACKBONES),
    *(_network(*row) for row in _NETWORKS),
)
