"""The shipped tables of costs."""

from __future__ import annotations

import pytest

from training_api.networks import all_networks
from training_api.networks.cost import CostTable, cost_of, table_path
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName


@pytest.mark.parametrize("engine", EngineName)
def test_every_network_is_in_the_table_with_every_backbone(engine: EngineName) -> None:
    table = CostTable.model_validate(read_json(table_path(engine)))
    expected = [
        (kind.name, backbone)
        for kind in all_networks()
        if kind.engine is engine
        for backbone in kind.backbones() or (None,)
    ]
    assert [(cost.network, cost.backbone) for cost in table.costs] == expected, "`make networks`"


def test_both_engines_count_the_same_network_alike() -> None:
    """GluonCV's ResNet v1b is torchvision's, and so is the head of its FCN."""
    torch, gluoncv = (
        cost_of(EngineName.torch, "fcn", "resnet50"),
        cost_of(EngineName.gluoncv, "fcn", "resnet50_v1b"),
    )
    assert torch is not None and gluoncv is not None
    assert (torch.parameters, torch.operations) == (gluoncv.parameters, gluoncv.operations)


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
