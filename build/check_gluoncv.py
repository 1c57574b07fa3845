"""Run inside .venv-gluoncv: one training step, so that a broken install shows at set-up."""

from __future__ import annotations

import warnings

import numpy as np

warnings.simplefilter("ignore")
# MXNet 1.9.1 still looks up this alias while it is imported; NumPy 1.24 removed it.
np.bool = np.bool_

import mxnet as mx  # noqa: E402
from gluoncv.model_zoo.fastscnn import FastSCNN  # noqa: E402


def main() -> None:
    """Raise unless one step of SGD lowers nothing to NaN and changes Fast-SCNN's weights."""
    mx.random.seed(0)
    net = FastSCNN(nclass=2, aux=False, crop_size=96)
    net.initialize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    loss_of = mx.gluon.loss.SoftmaxCrossEntropyLoss(axis=1)
    image, target = mx.nd.random.uniform(shape=(2, 3, 96, 96)), mx.nd.zeros((2, 96, 96))
    with mx.autograd.record():
        loss = loss_of(net(image)[0], target).mean()
    weight = next(p for name, p in net.collect_params().items() if name.endswith("weight"))
    before = weight.data().asnumpy()
    loss.backward()
    trainer.step(2)
    if not np.isfinite(loss.asscalar()) or np.array_equal(before, weight.data().asnumpy()):
        raise SystemExit("the weights did not change in a training step")
    print(f"MXNet {mx.__version__}, {mx.context.num_gpus()} GPUs")


if __name__ == "__main__":
    main()
