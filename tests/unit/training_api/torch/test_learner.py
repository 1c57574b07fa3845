"""Steps of several passes, averaged weights, and number formats of the torch engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.small_torch import batch, make_engine, plain_engine, weights
from tests.steps_contract import StepsContract
from training_api.engines.torch_precision import Precision, chosen_format
from training_api.spec.errors import InvalidSpec


class TestSteps(StepsContract):
    head = "network.segmentation_head.0.weight"
    statistic = "network.encoder.bn1.running_var"
    nearness = 0.0

    def make(self, **values: Any) -> Any:
        return make_engine(**values)

    def plain(self, **values: Any) -> Any:
        return plain_engine(**values)


def test_counters_and_statistics_are_averaged_too() -> None:
    engine = make_engine(ema=0.9)
    for step in range(3):
        engine.train_step(*batch(step), 0.01)
    tensors = engine.state()[0]
    counters = [name for name in tensors if name.endswith("num_batches_tracked")]
    assert counters and all(tensors[name] == 3 for name in counters)
    variance = "network.encoder.bn1.running_var"
    assert (tensors[f"average/{variance}"] != tensors[f"model/{variance}"]).any()


def test_float16_is_refused_on_a_cpu() -> None:
    with pytest.raises(InvalidSpec, match="float16 needs a GPU") as refused:
        make_engine(precision="float16")
    assert refused.value.field == "hyper_parameters.precision"


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a CPU do what only GPUs are fast at: PyTorch scales losses there by the same rules."""

    def format_of(wanted: Any, device: torch.device) -> Any:
        return wanted if wanted == "float16" else chosen_format(wanted, device)

    monkeypatch.setattr("training_api.engines.torch_learner.chosen_format", format_of)


@pytest.mark.usefixtures("half")
def test_float16_trains_through_overflows_and_resumes() -> None:
    small = {"backbone": "mobilenet_v3_small", "precision": "float16"}  # a CPU emulates it, slowly
    engine = make_engine(**small)
    losses = [engine.train_step(*batch(step, size=(32, 64)), 0.002) for step in range(12)]
    assert np.isfinite(losses).all() and losses[-1] < 0.8 * losses[0]
    tensors, values = engine.state()
    restored = make_engine(**small, seed=4)
    restored.restore(tensors, values)
    assert restored.state()[1] == values and 1 < values["scale"]["scale"] < 2**16
    last = batch(13, size=(32, 64))
    assert restored.train_step(*last, 0.002) == engine.train_step(*last, 0.002)


@pytest.mark.usefixtures("half")
def test_gradients_that_overflow_reach_no_momentum() -> None:
    engine = make_engine(backbone="mobilenet_v3_small", precision="float16", optimizer="sgd")
    engine.train_step(*batch(0, size=(32, 64)), 0.002)
    tensors, values = engine.state()
    assert values["scale"]["scale"] < 2**16  # the first step overflowed
    assert not [name for name in tensors if name.startswith("optimizer/")]


def test_a_loss_that_float16_cannot_scale_is_skipped_until_it_can() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    precision = Precision("float16", torch.device("cpu"))

    def overflows() -> bool:
        optimizer.zero_grad()
        precision.backward((weight * torch.tensor([3e37])).sum() * 1e-36)
        assert weight.grad is not None
        weight.grad = weight.grad.half().float()
        precision.unscale(optimizer)
        return not weight.grad.isfinite()

    skipped = 0
    while overflows():
        assert precision.may_have_overflowed() and skipped < 30
        precision.refuse()
        skipped += 1
    precision.correct(optimizer)
    assert skipped > 1 and weight.item() == pytest.approx(1 - 0.1 * 30, rel=1e-3)


def test_compiled_passes_learn_the_same_and_share_the_weights() -> None:
    plain, compiled = plain_engine(2), plain_engine(2, compile=True)
    for step in range(3):
        losses = [engine.train_step(*batch(step), 0.1) for engine in (plain, compiled)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    for name, value in weights(compiled).items():
        assert np.allclose(value, weights(plain)[name], atol=1e-4), name


def test_compiling_without_a_compiler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", ("no-such-compiler",))
    with pytest.raises(InvalidSpec, match="no C\\+\\+ compiler") as refused:
        plain_engine(2, compile=True)
    assert refused.value.field == "hyper_parameters.compile"
