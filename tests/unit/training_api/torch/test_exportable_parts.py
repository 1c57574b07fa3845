"""Parts of networks that we replaced by ones that can be exported compute the same as before."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from training_api.networks.torch.operators import declare_missing_operators
from training_api.networks.torch.pan_pyramid import AttentionPyramid
from training_api.networks.torch.pooling import CellAverage, make_pools_exportable
from training_api.networks.torch.pspnet_branch import Branch
from training_api.networks.torch.vit_positions import take_any_size

declare_missing_operators()


@pytest.mark.parametrize("cells", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(12, 18), (7, 5), (2, 3), (1, 1)])
def test_cells_average_what_the_adaptive_pool_does(cells: int, size: tuple[int, int]) -> None:
    features = torch.rand(2, 4, *size)
    expected = nn.AdaptiveAvgPool2d(cells)(features)
    assert torch.allclose(CellAverage(cells)(features), expected, atol=1e-6)


def test_only_pools_to_several_cells_are_replaced() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Sequential(nn.AdaptiveAvgPool2d((3, 3))))
    make_pools_exportable(network)
    assert isinstance(network[0], nn.AdaptiveAvgPool2d)
    assert isinstance(network[1][0], CellAverage) and network[1][0].cells == 3


def test_a_branch_of_the_pyramid() -> None:
    from segmentation_models_pytorch.decoders.pspnet.decoder import PSPBlock

    block = PSPBlock(8, 4, 3).eval()
    features = torch.rand(2, 8, 7, 11)
    with torch.no_grad():
        expected = block(features)
        names = set(block.state_dict())
        ours = Branch(copy.deepcopy(block)).eval()
        assert torch.allclose(ours(features), expected, atol=1e-6)
    assert set(ours.state_dict()) == names


def test_the_pyramid_of_attention() -> None:
    from segmentation_models_pytorch.decoders.pan.decoder import FPABlock

    torch.manual_seed(0)
    block = FPABlock(8, 4).eval()
    features = torch.rand(2, 8, 8, 16)
    with torch.no_grad():
        expected = block(features)
        names = set(block.state_dict())
        ours = AttentionPyramid(copy.deepcopy(block)).eval()
        assert torch.allclose(ours(features), expected, atol=1e-6)
        assert ours(torch.rand(1, 8, 3, 5)).shape == (1, 4, 3, 5), "the library fails here"
    assert set(ours.state_dict()) == names


def test_the_positions_of_a_transformer() -> None:
    import timm

    settings = {"dynamic_img_size": True, "num_classes": 0, "depth": 1}
    transformer = timm.create_model("vit_tiny_patch16_224", **settings).eval()
    image = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        expected = transformer.forward_features(image)
        take_any_size(transformer)
        assert torch.allclose(transformer.forward_features(image), expected, atol=1e-5)
        assert transformer.forward_features(torch.rand(2, 3, 32, 64)).shape == (2, 1 + 2 * 4, 192)
