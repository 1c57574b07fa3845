"""GluonCV's model zoo: ImageNet backbones and segmentation networks, with their SHA-1.

Source: gluoncv.model_zoo.model_store of GluonCV 0.10.5. Each file is published as a ZIP that
holds NAME-HASH8.params.
"""

from __future__ import annotations

from training_api.spec.hyper_parameters import EngineName
from training_api.weights.class_names import ADE20K, CITYSCAPES, VOC
from training_api.weights.weight_file import Digest, WeightFile

_LICENCE = "Apache-2.0 (GluonCV); the terms of {dataset} may limit commercial use"

_BACKBONES = {
    "resnet50_v1s": "25a187fa281ddc98afbcd0cc0f0646885b874b80",
    "resnet101_v1s": "bd93a83c05f709a803b1221aeff0b028e6eebb03",
    "resnet152_v1s": "cf74621d988ad06c6c6aa44f5597e5b600a966cc",
    "resnet50_v1b": "0ecdba34691be172036ddf244ff1b2eade75ffde",
    "resnet101_v1b": "a455932aa95cb7dcfa05fd040b9b5a5660733c39",
    "resnet152_v1b": "a5a61ee1ce5ab7c09720775b223360f3c60e211d",
    "resnest50": "bcfefe1dd1dd1ef5cfed5563123c1490ea37b42e",
    "resnest101": "5da943b3230f071525a98639945a6b3b3a45ac95",
    "resnest200": "0c5d117df664ace220aa6fc2922c094bb079d381",
    "resnest269": "11ae7f5da2bcdbad05ba7e84f9b74383e717f3e3",
    "xception": "37c1c90b56800303a66934487fbf017bca8bba00",
}

_NETWORKS = {
    "fcn_resnet101_coco": "766cdf9cc3e5b980b141643f054db5b48863f634",
    "fcn_resnet101_voc": "12c2b9b3be7d4e133e52477150a9b3e616626a82",
    "fcn_resnet50_ade": "3479525af7bdbf345e74e150aaae2e48174c0c5f",
    "fcn_resnet101_ade": "d544440a35586f662ed1a5405ab9aa89cd750558",
    "psp_resnet101_coco": "09f89cad0e107cb2bffdb1b07706ba31798096f2",
    "psp_resnet101_voc": "2c2f4e1c2b11461b52598a4b2038bccbcfc166eb",
    "psp_resnet50_ade": "3f220f537400dfa607c3d041ed3b172db39b0b01",
    "psp_resnet101_ade": "240a4758b506447faf7c55cd7a7837d66f5039a6",
    "psp_resnet101_citys": "d0e8603120ab02118a8973d52a26b8296d1b4078",
    "deeplab_resnet101_coco": "ed817f76086abb4c3404af62ec1b5487c67642b7",
    "deeplab_resnet101_voc": "311ed22c63f3ac28b5f1e1663c458f26600e62da",
    "deeplab_resnet152_coco": "83247aaeeded6988790cd93ac93151514094846f",
    "deeplab_resnet152_voc": "d35bea8817935d1ab310ef1e6dd06bb18c2d5f0d",
    "deeplab_resnet50_ade": "c7789b237adc7253405bee57c84d53b15db45942",
    "deeplab_resnet101_ade": "bf1584dfcec12063eff3075ee643e181c0f6d443",
    "deeplab_resnet50_citys": "cf6a7bb3d55360933de647a8505f7936003902a4",
    "deeplab_resnet101_citys": "eb8477a91efc244c85b364c0736664078aaf0e65",
    "deeplab_resnest50_ade": "a8312db6e30a464151580f2bda83479786455724",
    "deeplab_resnest101_ade": "6d05c630fb7acb38615f7f4d360fb90f47b25042",
    "deeplab_resnest200_ade": "9134a6f7d1399b549d5803d8faed3dfc74efc0d8",
    "deeplab_resnest269_ade": "d45b33dedf4cca13b8147213c5360e30f93685bd",
    "icnet_resnet50_citys": "909742b45d5a3844d6000248aa92fef0ae23a0f0",
    "danet_resnet50_citys": "143e1f1c1c1f2d3a3416887e088ebfdd4e1e2345",
    "danet_resnet101_citys": "6ead3d099f7a320846bddb51148c3fe3b5ade5c2",
    "fastscnn_citys": "95aad0b699ae17c67caa44b3ead4b23474e98954",
}

_DATASETS = {
    "voc": ("PASCAL VOC", VOC),
    "coco": ("COCO with VOC's classes", VOC),
    "ade": ("ADE20K", ADE20K),
    "citys": ("Cityscapes", CITYSCAPES),
}
_TITLES = {
    "fcn": "FCN",
    "psp": "PSPNet",
    "deeplab": "DeepLabV3",
    "icnet": "ICNet",
    "danet": "DANet",
    "fastscnn": "Fast-SCNN",
}


def _backbone(name: str, sha1: str) -> WeightFile:
    return WeightFile(
        id=f"gluoncv:{name}",
        title=f"{name}, ImageNet-1k",
        kind="backbone",
        engine=EngineName.gluoncv,
        encoder=name,
        dataset="ImageNet-1k",
        path=f"{name}-{sha1[:8]}.zip",
        file=f"{name}-{sha1[:8]}.params",
        packed=True,
        digest=Digest(algorithm="sha1", value=sha1),
        licence=_LICENCE.format(dataset="ImageNet"),
    )


def _network(name: str, sha1: str) -> WeightFile:
    network, *backbone, short = name.split("_")
    dataset, classes = _DATASETS[short]
    shown = f"{_TITLES[network]} with {backbone[0]}" if backbone else _TITLES[network]
    return WeightFile(
        id=f"gluoncv:{name}",
        title=f"{shown}, {dataset}",
        kind="network",
        engine=EngineName.gluoncv,
        network=network,
        options={"backbone": backbone[0]} if backbone else {},
        dataset=dataset,
        classes=classes,
        path=f"{name}-{sha1[:8]}.zip",
        file=f"{name}-{sha1[:8]}.params",
        packed=True,
        digest=Digest(algorithm="sha1", value=sha1),
        licence=_LICENCE.format(dataset=dataset),
    )


FILES = (
    *(_backbone(name, sha1) for name, sha1 in _BACKBONES.items()),
    *(_network(name, sha1) for name, sha1 in _NETWORKS.items()),
)
