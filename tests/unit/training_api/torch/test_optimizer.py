"""Corrections of weights that lie in memory as channels_last."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training_api.engines.torch_optimizer import contiguous, optimizer_for
from training_api.spec.hyper_parameters import HyperParameters

NAMES = ("sgd", "adam", "adamw")


def network_with_gradients() -> nn.Sequential:
    """A 3×3 convolution in channels_last, one of 1×1, biases, and the same gradients each time."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(5, 7, 3), nn.Conv2d(7, 3, 1))
    network.to(memory_format=torch.channels_last)
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)
    return network


def optimizer_of(name: str, network: nn.Module) -> torch.optim.Optimizer:
    return optimizer_for(network, HyperParameters(optimizer=name, weight_decay=0.01))


@pytest.mark.parametrize("name", NAMES)
def test_corrections_are_those_of_the_weights_as_they_are(name: str) -> None:
    plain, shown = network_with_gradients(), network_with_gradients()
    optimizers = [optimizer_of(name, plain), optimizer_of(name, shown)]
    for _ in range(3):
        optimizers[0].step()
        with contiguous(optimizers[1]):
            optimizers[1].step()
    before = dict(network_with_gradients().named_parameters())
    for (key, one), two in zip(plain.named_parameters(), shown.parameters(), strict=True):
        assert not torch.equal(before[key], two), key
        torch.testing.assert_close(one, two)
        first, second = optimizers[0].state[one], optimizers[1].state[two]
        assert first.keys() == second.keys() and first
        for slot, value in first.items():
            torch.testing.assert_close(value, second[slot])


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_and_all_that_is_kept_of_them_stay_in_channels_last(name: str) -> None:
    network = network_with_gradients()
    weight = network[0].weight
    gradient, address = weight.grad, weight.data_ptr()
    optimizer = optimizer_of(name, network)
    with contiguous(optimizer):
        optimizer.step()
    assert weight.data_ptr() == address and torch.equal(weight.grad, gradient)
    tensors = [weight, weight.grad, *optimizer.state[weight].values()]
    wide = [tensor for tensor in tensors if tensor.ndim == 4]
    assert len(wide) == (3 if name == "sgd" else 4)
    assert all(tensor.shape == (7, 5, 3, 3) for tensor in wide)
    assert all(tensor.is_contiguous(memory_format=torch.channels_last) for tensor in wide)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_copied(name: str) -> None:
    optimizer = optimizer_of(name, network_with_gradients())
    with contiguous(optimizer):
        optimizer.step()
    with torch.profiler.profile() as profile, contiguous(optimizer):
        optimizer.step()
    called = {event.key for event in profile.key_averages()}
    assert any("_fused_" in key for key in called)
    assert not {"aten::clone", "aten::contiguous"} & called


def test_a_step_that_fails_leaves_the_shapes_as_they_were() -> None:
    network = network_with_gradients()
    with pytest.raises(RuntimeError), contiguous(optimizer_of("sgd", network)):
        raise RuntimeError
    assert network[0].weight.shape == (7, 5, 3, 3) == network[0].weight.grad.shape
