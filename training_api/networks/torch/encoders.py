"""The curated encoders of the torch engine, and which networks can stand on them.

All are built without any download. What a network offers is one of the `Literal`s below; a family
is named by the property that a decoder needs.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from training_api.networks.encoder import Encoder

Mobile = Literal["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"]
Resnet = Literal["resnet18", "resnet34", "resnet50", "resnet101"]
Efficientnet = Literal["efficientnet_b0", "efficientnet_b2", "efficientnet_b4"]
Convnext = Literal["convnext_tiny", "convnext_small"]
Mit = Literal["mit_b0", "mit_b1", "mit_b2"]

FiveScales = Literal[Mobile, Resnet, Efficientnet]
"""They give features at 1/2 of the image's size too, which some decoders cannot do without."""
Dilatable = Literal[FiveScales, Convnext]
"""Their last stages can keep their resolution and dilate their convolutions instead."""
Pyramid = Literal[Dilatable, Mit]
"""They give features at 1/4, 1/8, 1/16 and 1/32 of the image's size."""
Plain = Literal["vit_tiny", "vit_small", "vit_base"]
"""Vision transformers: all features at 1/16."""

_TORCHVISION = "BSD-3-Clause (torchvision)"
_TIMM = "Apache-2.0 (timm)"
_NVIDIA = "NVIDIA Source Code License for SegFormer (research and evaluation only)"

_MOBILENET_V2 = "Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018"
_MOBILENET_V3 = "Howard et al., Searching for MobileNetV3, 2019"
_RESNET = "He et al., Deep Residual Learning for Image Recognition, 2015"
_EFFICIENTNET = "Tan, Le, EfficientNet: Rethinking Model Scaling for CNNs, 2019"
_CONVNEXT = "Liu et al., A ConvNet for the 2020s, 2022"
_SEGFORMER = "Xie et al., SegFormer: Simple and Efficient Design for Segmentation, 2021"
_VIT = "Dosovitskiy et al., An Image is Worth 16x16 Words, 2020"

_ALL = (
    Encoder("mobilenet_v2", "MobileNetV2", "mobilenet_v2", _TORCHVISION, _MOBILENET_V2),
    Encoder(
        "mobilenet_v3_small", "MobileNetV3 Small", "tu-mobilenetv3_small_100", _TIMM, _MOBILENET_V3
    ),
    Encoder(
        "mobilenet_v3_large", "MobileNetV3 Large", "tu-mobilenetv3_large_100", _TIMM, _MOBILENET_V3
    ),
    Encoder("resnet18", "ResNet-18", "resnet18", _TORCHVISION, _RESNET),
    Encoder("resnet34", "ResNet-34", "resnet34", _TORCHVISION, _RESNET),
    Encoder("resnet50", "ResNet-50", "resnet50", _TORCHVISION, _RESNET),
    Encoder("resnet101", "ResNet-101", "resnet101", _TORCHVISION, _RESNET),
    Encoder("efficientnet_b0", "EfficientNet-B0", "tu-efficientnet_b0", _TIMM, _EFFICIENTNET),
    Encoder("efficientnet_b2", "EfficientNet-B2", "tu-efficientnet_b2", _TIMM, _EFFICIENTNET),
    Encoder("efficientnet_b4", "EfficientNet-B4", "tu-efficientnet_b4", _TIMM, _EFFICIENTNET),
    Encoder("convnext_tiny", "ConvNeXt Tiny", "tu-convnext_tiny", _TIMM, _CONVNEXT),
    Encoder("convnext_small", "ConvNeXt Small", "tu-convnext_small", _TIMM, _CONVNEXT),
    Encoder("mit_b0", "MiT-B0", "mit_b0", _NVIDIA, _SEGFORMER),
    Encoder("mit_b1", "MiT-B1", "mit_b1", _NVIDIA, _SEGFORMER),
    Encoder("mit_b2", "MiT-B2", "mit_b2", _NVIDIA, _SEGFORMER),
    Encoder("vit_tiny", "ViT-Tiny/16", "tu-vit_tiny_patch16_224", _TIMM, _VIT),
    Encoder("vit_small", "ViT-Small/16", "tu-vit_small_patch16_224", _TIMM, _VIT),
    Encoder("vit_base", "ViT-Base/16", "tu-vit_base_patch16_224", _TIMM, _VIT),
)
ENCODERS = {encoder.name: encoder for encoder in _ALL}
"""By the option's value. `key` is segmentation_models_pytorch's name; `tu-` means one from timm."""


def backbone(default: str) -> Any:
    """The option `backbone` of a network's `Options`."""
    return Field(
        default,
        title="Backbone",
        description="The encoder. Smaller ones are faster and need fewer images; parameters and "
        "computation of each are in the catalogue of networks.",
    )
