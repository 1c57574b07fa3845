"""What the registry says of GluonCV's model zoo is what GluonCV says."""

from __future__ import annotations

import pytest

from training_api.engines.gluoncv_import import import_mxnet
from training_api.networks import all_networks
from training_api.spec.hyper_parameters import EngineName
from training_api.weights.registry import all_weights
from training_api.weights.weight_file import WeightFile

ZOO = [file for file in all_weights() if file.host == "gluoncv"]


@pytest.mark.parametrize("file", ZOO, ids=lambda file: file.id)
def test_the_digests_of_the_model_zoo(file: WeightFile) -> None:
    import_mxnet(1, True)
    from gluoncv.model_zoo import model_store

    assert file.digest is not None
    assert file.digest.value == model_store._model_sha1[file.name]
    assert file.path == f"{file.name}-{model_store.short_hash(file.name)}.zip"


def test_the_heads_have_as_many_classes_as_the_zoo_s_datasets() -> None:
    import_mxnet(1, True)
    from gluoncv.data import ADE20KSegmentation, CitySegmentation, VOCSegmentation

    counts = {
        "ade": ADE20KSegmentation.NUM_CLASS,
        "citys": CitySegmentation.NUM_CLASS,
        "voc": VOCSegmentation.NUM_CLASS,
        "coco": VOCSegmentation.NUM_CLASS,
    }
    networks = [file for file in ZOO if file.kind == "network"]
    assert networks
    for file in networks:
        assert len(file.classes) == counts[file.name.split("_")[-1]], file.id


def test_each_file_fits_a_network_of_the_catalogue() -> None:
    networks = [network for network in all_networks() if network.engine is EngineName.gluoncv]
    keys = {network.encoders[name].key for network in networks for name in network.backbones()}
    for file in ZOO:
        if file.kind == "backbone":
            assert file.encoder in keys, file.id
        else:
            network = next(one for one in networks if one.name == file.network)
            assert network.Options.model_validate(file.options), file.id
