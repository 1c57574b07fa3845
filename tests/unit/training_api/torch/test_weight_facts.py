"""What the registry says of published weights is what the pinned libraries say."""

from __future__ import annotations

import pytest

from training_api.networks import all_networks
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.registry import all_weights
from training_api.weights.weight_file import WeightFile


def of_host(host: str) -> list[WeightFile]:
    return [file for file in all_weights() if file.host == host]


def named(file: WeightFile) -> str:
    return file.id


@pytest.mark.parametrize("file", of_host("torchvision"), ids=named)
def test_torchvision_s_files(file: WeightFile) -> None:
    declare_missing_operators()
    from torchvision import models

    known = {
        weights.url: weights
        for name in models.list_models()
        for weights in models.get_model_weights(name)
        if "quantized" not in name
    }
    weights = known[f"https://download.pytorch.org/models/{file.path}"]
    assert file.mebibytes == weights.meta["_file_size"]
    assert file.digest is not None
    assert f"-{file.digest.value}." in weights.url
    if file.kind == "network":
        background, *others = weights.meta["categories"]
        assert file.classes == ("background", *others)
        assert background == "__background__"


@pytest.mark.parametrize("file", of_host("huggingface"), ids=named)
def test_hugging_face_s_encoders(file: WeightFile) -> None:
    declare_missing_operators()
    from segmentation_models_pytorch.encoders import encoders
    from timm.models import get_pretrained_cfg

    if file.encoder.startswith("tu-"):
        facts = get_pretrained_cfg(file.encoder.removeprefix("tu-"))
        assert file.path == f"{facts.hf_hub_id}/resolve/main/model.safetensors"
        assert file.licence.lower().startswith(facts.license)
    elif file.encoder:
        settings = encoders[file.encoder]["pretrained_settings"]["imagenet"]
        assert file.path.startswith(f"{settings['repo_id']}/resolve/{settings['revision']}/")
        assert file.revision == settings["revision"]


def test_each_file_fits_a_network_of_the_catalogue() -> None:
    torch = [network for network in all_networks() if network.engine is EngineName.torch]
    keys = {encoder.key for network in torch for encoder in network.encoders.values()}
    for file in all_weights():
        if file.engine is EngineName.torch and file.kind == "backbone":
            assert file.encoder in keys, file.id
        elif file.engine is EngineName.torch:
            network = next(one for one in torch if one.name == file.network)
            assert network.Options.model_validate(file.options), file.id
