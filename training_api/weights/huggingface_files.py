"""Hugging Face: encoders for segmentation_models_pytorch and timm, SegFormer on ADE20K, Cityscapes.

Source: the encoder tables of segmentation_models_pytorch (which pin a commit), the default
weights of timm, and the models that the authors of segmentation_models_pytorch converted. No
digest is published beside these files: the host names the SHA-256 with each download.
"""

from __future__ import annotations

from training_api.spec.hyper_parameters import EngineName
from training_api.weights.class_names import ADE20K, CITYSCAPES
from training_api.weights.weight_file import WeightFile

_TORCHVISION = "BSD-3-Clause (torchvision); the terms of ImageNet may limit commercial use"
_TIMM = "Apache-2.0 (timm); the terms of ImageNet may limit commercial use"
_NVIDIA = "NVIDIA Source Code License for SegFormer (research and evaluation only)"

_SMP_ENCODERS = (
    # encoder, commit, licence
    ("mobilenet_v2", "e67aa804e17f7b404b629127eabbd224c4e0690b", _TORCHVISION),
    ("resnet18", "3f2325ff978283d47aa6a1d6878ca20565622683", _TORCHVISION),
    ("resnet34", "7a57b34f723329ff020b3f8bc41771163c519d0c", _TORCHVISION),
    ("resnet50", "00cb74e366966d59cd9a35af57e618af9f88efe9", _TORCHVISION),
    ("resnet101", "cd7c15e8c51da86ae6a084515fdb962d0c94e7d1", _TORCHVISION),
    ("mit_b0", "9ce53d104d92d75aabb00aae70677aaab67e7c84", _NVIDIA),
    ("mit_b1", "a04bf4f13a549bce677cf79b04852e7510782817", _NVIDIA),
    ("mit_b2", "868ab6f13871dcf8c3d9f90ee4519403475b65ef", _NVIDIA),
)

_TIMM_ENCODERS = (
    # model, tag of its default weights
    ("mobilenetv3_small_100", "lamb_in1k"),
    ("mobilenetv3_large_100", "ra_in1k"),
    ("efficientnet_b0", "ra_in1k"),
    ("efficientnet_b2", "ra_in1k"),
    ("efficientnet_b4", "ra2_in1k"),
    ("convnext_tiny", "in12k_ft_in1k"),
    ("convnext_small", "in12k_ft_in1k"),
    ("vit_tiny_patch16_224", "augreg_in21k_ft_in1k"),
    ("vit_small_patch16_224", "augreg_in21k_ft_in1k"),
    ("vit_base_patch16_224", "augreg2_in21k_ft_in1k"),
)

_SEGFORMERS = (
    # backbone, repository, dataset, classes, commit if known, mebibytes
    ("mit_b0", "segformer-b0-512x512-ade-160k", "ADE20K", ADE20K, None, None),
    ("mit_b1", "segformer-b1-512x512-ade-160k", "ADE20K", ADE20K, None, None),
    ("mit_b0", "segformer-b0-768x768-city-160k", "Cityscapes", CITYSCAPES, None, 14.2),
    ("mit_b0", "segformer-b0-1024x1024-city-160k", "Cityscapes", CITYSCAPES, None, None),
    (
        "mit_b1",
        "segformer-b1-1024x1024-city-160k",
        "Cityscapes",
        CITYSCAPES,
        "1477e955d4ae5529ef8e84551790deabb91934c8",
        52.2,
    ),
)


def _path(repository: str, revision: str | None) -> str:
    return f"{repository}/resolve/{revision or 'main'}/model.safetensors"


def _smp_encoder(encoder: str, revision: str, licence: str) -> WeightFile:
    return WeightFile(
        id=f"huggingface:smp-{encoder}",
        title=f"{encoder}, ImageNet-1k",
        kind="backbone",
        engine=EngineName.torch,
        encoder=encoder,
        dataset="ImageNet-1k",
        path=_path(f"smp-hub/{encoder}.imagenet", revision),
        file="model.safetensors",
        revision=revision,
        licence=licence,
    )


def _timm_encoder(model: str, tag: str) -> WeightFile:
    more = {"in12k": "ImageNet-12k and 1k", "augreg": "ImageNet-21k and 1k"}
    dataset = more.get(tag.split("_")[0].rstrip("2"), "ImageNet-1k")
    return WeightFile(
        id=f"huggingface:timm-{model}",
        title=f"{model}, {dataset}",
        kind="backbone",
        engine=EngineName.torch,
        encoder=f"tu-{model}",
        dataset=dataset,
        path=_path(f"timm/{model}.{tag}", None),
        file="model.safetensors",
        licence=_TIMM,
    )


def _segformer(
    backbone: str,
    repository: str,
    dataset: str,
    classes: tuple[str, ...],
    revision: str | None,
    size: float | None,
) -> WeightFile:
    return WeightFile(
        id=f"huggingface:{repository}",
        title=f"SegFormer with {backbone}, {dataset}",
        kind="network",
        engine=EngineName.torch,
        network="segformer",
        options={"backbone": backbone},
        dataset=dataset,
        classes=classes,
        path=_path(f"smp-hub/{repository}", revision),
        file="model.safetensors",
        revision=revision,
        mebibytes=size,
        licence=_NVIDIA,
    )


FILES = (
    *(_smp_encoder(*row) for row in _SMP_ENCODERS),
    *(_timm_encoder(*row) for row in _TIMM_ENCODERS),
    *(_segformer(*row) for row in _SEGFORMERS),
)
