"""The list of published weights: complete, unique, findable; hosts and their mirrors."""

from __future__ import annotations

import pytest

from training_api.spec.errors import InvalidSpec
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.hosts import HOSTS, MIRROR
from training_api.weights.registry import (
    all_weights,
    backbones_for,
    networks_for,
    weight_file,
)


def test_ids_are_unique_and_belong_to_a_host() -> None:
    ids = [file.id for file in all_weights()]
    assert len(set(ids)) == len(ids)
    assert {file.host for file in all_weights()} <= HOSTS.keys()


def test_each_file_says_what_it_fits_and_under_which_licence() -> None:
    for file in all_weights():
        assert file.licence, file.id
        if file.kind == "backbone":
            assert file.encoder and not file.network and not file.classes, file.id
        else:
            assert file.network and not file.encoder and len(file.classes) > 1, file.id
            assert len(set(file.classes)) == len(file.classes), file.id


def test_the_files_of_the_gui_that_this_replaces_are_there() -> None:
    for name in (
        "fcn_resnet50_ade",
        "fcn_resnet101_ade",
        "fcn_resnet101_voc",
        "psp_resnet50_ade",
        "psp_resnet101_ade",
        "psp_resnet101_voc",
        "deeplab_resnet101_voc",
        "deeplab_resnet101_ade",
        "deeplab_resnet50_ade",
    ):
        file = weight_file(f"gluoncv:{name}")
        assert file.digest is not None and file.digest.algorithm == "sha1"
        assert len(file.classes) == (21 if name.endswith("voc") else 150)


def test_every_dataset_is_offered() -> None:
    learned = {file.dataset.split()[0] for file in all_weights() if file.kind == "network"}
    assert {"PASCAL", "COCO", "ADE20K", "Cityscapes"} <= learned


def test_files_are_found_by_what_they_fit() -> None:
    names = [file.id for file in backbones_for(EngineName.torch, "resnet50")]
    assert names[:2] == ["torchvision:resnet50", "torchvision:resnet50-v2"]
    assert backbones_for(EngineName.gluoncv, "resnet18") == []
    options = {"backbone": "resnet101", "aux": True}
    found = {file.id for file in networks_for(EngineName.torch, "deeplabv3", options)}
    assert found == {"torchvision:deeplabv3_resnet101_coco"}


def test_an_unknown_id_is_refused_at_its_field() -> None:
    with pytest.raises(InvalidSpec, match="weights list") as caught:
        weight_file("gluoncv:nothing")
    assert caught.value.field == "weights.name"


def test_a_mirror_replaces_every_host_and_a_host_s_own_setting_the_mirror(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = weight_file("torchvision:resnet18")
    assert file.url == f"https://download.pytorch.org/models/{file.path}"
    monkeypatch.setenv(MIRROR, "http://mirror.lan/weights/")
    assert file.url == f"http://mirror.lan/weights/torchvision/{file.path}"
    monkeypatch.setenv("SEGSMITH_WEIGHTS_TORCHVISION", "http://other.lan")
    assert file.url == f"http://other.lan/{file.path}"
