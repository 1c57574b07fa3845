"""One step of the torch engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.small_torch import SIZE, batch, make_engine, same, weights
from training_api.losses import loss_for
from training_api.networks import network_for
from training_api.spec.hyper_parameters import EngineName


class Scaled:
    """Cross entropy times a factor that a test may change."""

    def __init__(self) -> None:
        self.factor = 1.0

    def build(self, engine: EngineName, *shares: Any) -> Any:
        return lambda logits, labels: self.factor * cross_entropy(logits, labels, ignore_index=255)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_unet_learns(precision: str) -> None:
    engine = make_engine(precision=precision)
    assert engine.facts()["precision"] == precision
    for step in range(40):
        engine.train_step(*batch(step), 0.002)
    images, labels = batch(1000, 4)
    _, masks = engine.evaluate(images, labels)
    valid = labels != 255
    overlap = ((masks == 1) & (labels == 1) & valid).sum()
    assert overlap / (((masks == 1) | (labels == 1)) & valid).sum() > 0.7


def without_dropout(network: torch.nn.Module) -> torch.nn.Module:
    """Which values are dropped depends on their order in memory, so on the layout."""
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return network


def plain_losses(network: torch.nn.Module, rate: float, steps: int) -> list[float]:
    """Losses of a loop written by hand, in the usual layout and float32."""
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
    losses = []
    for step in range(steps):
        images, labels = batch(step)
        values = (images / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        outputs = network(torch.from_numpy(values.transpose(0, 3, 1, 2)).float())
        truth = torch.from_numpy(labels).long()
        main, auxiliary = (cross_entropy(output, truth, ignore_index=255) for output in outputs)
        loss = main + 0.5 * auxiliary
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_it_is_the_plain_pytorch_step() -> None:
    engine = make_engine(
        "fcn",
        "resnet50",
        loss=loss_for("cross_entropy", {}),
        precision="float32",
        optimizer="sgd",
        weight_decay=0.0,
    )
    without_dropout(engine.inference_module())
    torch.manual_seed(0)
    network = without_dropout(network_for(EngineName.torch, "fcn", {}).build(2, SIZE)).train()
    start = weights(engine)
    expected, found = plain_losses(network, 0.001, 1), [engine.train_step(*batch(0), 0.001)]
    assert found == pytest.approx(expected, rel=1e-5)
    trained, reference = weights(engine), network.state_dict()
    for head in ("classifier.4.bias", "aux_classifier.4.bias", "aux_classifier.4.weight"):
        name = f"model/network.{head}"
        moved = reference[f"network.{head}"].numpy() - start[name]
        assert np.allclose(trained[name] - start[name], moved, rtol=0.01, atol=1e-7)
    assert np.allclose(
        trained["model/network.backbone.bn1.running_var"],
        reference["network.backbone.bn1.running_var"].numpy(),
        rtol=1e-4,
    )


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_a_step_that_is_not_finite_changes_nothing(optimizer: str) -> None:
    loss = Scaled()
    engine = make_engine(loss=loss, optimizer=optimizer)
    engine.train_step(*batch(0), 0.01)
    before, _ = engine.state()
    for factor in (float("nan"), float("inf")):
        loss.factor = factor
        assert not np.isfinite(engine.train_step(*batch(1), 0.01))
        after, _ = engine.state()
        assert len(same(before, after)) == len(before), "weights, statistics, optimizer, random"
    loss.factor = 1e38  # finite, but not its gradient
    engine.train_step(*batch(1), 0.01)
    assert all(np.isfinite(value).all() for value in weights(engine).values())
    loss.factor = 1.0
    assert np.isfinite(engine.train_step(*batch(1), 0.01))


def test_adam_decays_with_the_gradient_and_adamw_apart_from_it() -> None:
    """Without a gradient AdamW shrinks weights by rate × decay; Adam's moments scale that away."""
    loss = Scaled()
    loss.factor = 0.0
    head = "model/network.segmentation_head.0.weight"
    engines = {
        kind: make_engine(loss=loss, optimizer=kind, weight_decay=0.5) for kind in ("adam", "adamw")
    }
    start = weights(engines["adam"])[head]
    for engine in engines.values():
        engine.train_step(*batch(0), 0.01)
    assert np.allclose(weights(engines["adamw"])[head], start * (1 - 0.01 * 0.5), rtol=1e-5)
    moved = start - weights(engines["adam"])[head]
    assert np.allclose(np.abs(moved[np.abs(start) > 1e-4]), 0.01, rtol=1e-3)


def test_gradients_are_clipped_to_the_norm_of_all_together() -> None:
    moves = {}
    for clip in (0, 1e-3, 1e3):
        engine = make_engine(optimizer="sgd", momentum=0, weight_decay=0, gradient_clip=clip)
        learnt = [name for name, _ in engine.inference_module().named_parameters()]
        before = weights(engine)
        engine.train_step(*batch(0), 1.0)
        after = weights(engine)
        names = [f"model/{name.removeprefix('network.')}" for name in learnt]
        moves[clip] = np.sqrt(sum(((after[n] - before[n]) ** 2).sum() for n in names))
    assert moves[1e-3] == pytest.approx(1e-3, rel=1e-2)
    assert moves[0] == moves[1e3] > 0.01


def test_the_learning_rate_is_the_steps() -> None:
    first, second, still = (make_engine() for _ in range(3))
    first.train_step(*batch(0), 0.01)
    second.train_step(*batch(0), 0.02)
    still.train_step(*batch(0), 0.0)
    start = weights(make_engine())
    head = "model/network.segmentation_head.0.weight"
    assert np.array_equal(weights(still)[head], start[head])
    one, two = (weights(engine)[head] - start[head] for engine in (first, second))
    assert np.allclose(2 * one, two, rtol=1e-3, atol=1e-6)


def test_the_seed_decides() -> None:
    runs = []
    for seed in (3, 3, 4):
        engine = make_engine("deeplabv3plus", "mobilenet_v3_large", seed=seed)  # has dropout
        engine.train_step(*batch(0), 0.01)
        runs.append(weights(engine))
    assert len(same(runs[0], runs[1])) == len(runs[0])
    assert len(same(runs[0], runs[2])) < len(runs[0])


def test_features_stay_channels_last() -> None:
    """A layer that fell back to the other layout would copy every image twice."""
    engine = make_engine()
    strays = []

    def look(module: torch.nn.Module, inputs: Any, output: Any) -> None:
        image = isinstance(output, torch.Tensor) and min(output.shape[1:]) > 1
        if image and not output.is_contiguous(memory_format=torch.channels_last):
            strays.append(type(module).__name__)

    for module in engine.inference_module().modules():
        module.register_forward_hook(look)
    engine.train_step(*batch(0), 0.01)
    engine.predict(batch(0)[0][0])
    assert strays == []


def test_images_may_be_read_only() -> None:
    images, labels = batch(0)
    images.flags.writeable = labels.flags.writeable = False
    assert np.isfinite(make_engine().train_step(images, labels, 0.01))


def test_ignored_pixels_alone_teach_nothing_and_have_no_validation_loss() -> None:
    engine = make_engine(weight_decay=0.0)
    images, labels = batch(0)
    labels[:] = 255
    assert np.isfinite(engine.train_step(images, labels, 0.01))
    assert np.isnan(engine.evaluate(images, labels)[0])
