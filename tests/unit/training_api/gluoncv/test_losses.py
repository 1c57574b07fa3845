"""The losses in MXNet, in float32 as in training."""

from __future__ import annotations

from typing import Any

import pytest

from tests.losses_contract import LossesContract
from tests.plain_losses import SHARES, Array, Listed
from tests.small_gluoncv import batch, make_engine
from training_api.engines.gluoncv_import import import_mxnet
from training_api.losses import loss_for
from training_api.spec.hyper_parameters import EngineName


class TestLosses(LossesContract):
    near = 1e-5
    gradient_near = 1e-6

    def found(self, name: str, logits: Array, labels: Array, **options: Any) -> tuple[float, Array]:
        """Both in float32, as in training."""
        mx = import_mxnet()
        criterion = loss_for(name, options).build(EngineName.gluoncv, SHARES)
        values = mx.nd.array(logits, dtype="float32")
        values.attach_grad()
        with mx.autograd.record():
            loss = criterion(values, mx.nd.array(labels, dtype="float32"))
        loss.backward()
        return float(loss.asscalar()), values.grad.asnumpy()


def test_an_auxiliary_output_counts_half() -> None:
    engine = make_engine("fastscnn", loss=Listed([1.0, 10.0]))
    assert engine.train_step(*batch(0), 0.0) == pytest.approx(1 + 0.5 * 10)
