"""The shipped tables of costs."""

from __future__ import annotations

import pytest

from training_api.networks import all_networks
from training_api.networks.base import Network
from training_api.networks.cost import CostTable, cost_of, table_path
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName


def torch_networks() -> list[type[Network]]:
    return [network for network in all_networks() if network.engine is EngineName.torch]


def test_every_torch_network_is_in_the_table_with_every_backbone() -> None:
    table = CostTable.model_validate(read_json(table_path(EngineName.torch)))
    expected = [(kind.name, backbone) for kind in torch_networks() for backbone in kind.backbones()]
    assert [(cost.network, cost.backbone) for cost in table.costs] == expected, "`make networks`"


def test_a_well_known_network_has_its_published_figures() -> None:
    """torchvision publishes 35,322,218 parameters and 152.717·10⁹ multiply-adds at 520×520 for FCN
    with ResNet-50, its auxiliary head included."""
    head = 1024 * 256 * 9 + 2 * 256 + 256 * 21 + 21
    multiply_adds = (1024 * 256 * 9 + 256 * 21) * 65 * 65 / 1e9
    cost = cost_of(EngineName.torch, "fcn", "resnet50")
    assert cost is not None
    assert cost.parameters == 35_322_218 - head
    assert cost.gflops(520, 520) == pytest.approx(2 * (152.717 - multiply_adds), rel=1e-3)


def test_operations_grow_with_the_area() -> None:
    cost = cost_of(EngineName.torch, "unet", "resnet18")
    assert cost is not None
    assert cost.gflops(1024, 1024) == 4 * cost.gflops(512, 512)
    assert cost_of(EngineName.torch, "unet", "vgg16") is None
