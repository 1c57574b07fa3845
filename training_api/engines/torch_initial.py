"""A PyTorch network's first weights, and its encoder: taken over, and frozen if asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from training_api.engines.initial_weights import Layout, Plan, plan_of
from training_api.spec.errors import Corrupt, InvalidSpec
from training_api.spec.weights import InitialWeights
from training_api.spec.weights_report import WeightsReport

_ENCODERS = ("network.encoder", "network.backbone")
"""Where our wrappers have segmentation_models_pytorch's and torchvision's encoders."""


def take_over(
    network: nn.Module,
    build: Callable[[int], nn.Module],
    weights: InitialWeights,
    classes: Sequence[str],
) -> WeightsReport:
    """Copy what the file has for `network`, in place; `build` makes it for a count of classes.

    Raises UnfitWeights (nothing is copied then), InvalidSpec or Corrupt.
    """
    try:
        tensors = load_file(weights.path)
    except (SafetensorError, OSError) as error:
        raise Corrupt(
            f"{weights.path} cannot be read as weights ({error}). Get it again."
        ) from error
    own = network.state_dict()
    encoder = {name for name in own for path in _ENCODERS if name.startswith(f"{path}.")}
    shapes = {name: tuple(tensor.shape) for name, tensor in own.items()}
    layout = Layout(
        shapes,
        encoder=[name for name in own if name in encoder],
        head=_head(shapes, build, len(classes)),
    )
    plan = plan_of(
        layout, {name: tuple(one.shape) for name, one in tensors.items()}, weights, classes
    )
    _copy(own, tensors, plan)
    return plan.report


@torch.no_grad()
def _copy(own: dict[str, torch.Tensor], tensors: dict[str, torch.Tensor], plan: Plan) -> None:
    for name, source in plan.whole.items():
        own[name].copy_(tensors[source])
    for name, (source, axis) in plan.rows.items():
        for row, theirs in plan.kept:
            own[name].select(axis, row).copy_(tensors[source].select(axis, theirs))


def _head(
    shapes: dict[str, tuple[int, ...]], build: Callable[[int], nn.Module], classes: int
) -> dict[str, int]:
    """The tensors that grow with the classes and their axis, found by building for one more."""
    with torch.random.fork_rng(devices=[]):  # the run's own random numbers go on as they would
        larger = build(classes + 1).state_dict()
    head = {}
    for name, shape in shapes.items():
        grown = [axis for axis, size in enumerate(shape) if larger[name].shape[axis] != size]
        if grown:
            head[name] = grown[0]
    return head


def frozen_encoder(network: nn.Module) -> nn.Module:
    """The encoder, which from now on gets no gradients. Raises InvalidSpec if there is none.

    It has to be put in evaluation mode whenever the network is put in training mode.
    """
    for path in _ENCODERS:
        try:
            encoder = network.get_submodule(path)
        except AttributeError:
            continue
        return encoder.requires_grad_(False)
    raise InvalidSpec(
        "freeze_backbone: this network has no separate backbone. Train it whole.",
        field="weights.freeze_backbone",
    )
