"""GluonCV's FCN-ResNet-50 training step on a batch in memory; prints images per second as JSON.

`.venv-gluoncv/bin/python tests/bench/references/gluoncv_fcn_step.py SIZE STEPS`
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from training_api.engines.gluoncv_import import import_mxnet

BATCH, CLASSES = 2, 3


def main(size: int, steps: int) -> None:
    """Batch 2, auxiliary head, SGD with momentum, hybridized, oneDNN on."""
    mx = import_mxnet(len(os.sched_getaffinity(0)), True)
    from gluoncv.loss import MixSoftmaxCrossEntropyLoss
    from gluoncv.model_zoo import FCN

    net = FCN(nclass=CLASSES, backbone="resnet50", aux=True, pretrained_base=False, crop_size=size)
    net.initialize(mx.init.Xavier(), force_reinit=True)
    net.hybridize(static_alloc=True)
    criterion = MixSoftmaxCrossEntropyLoss(True, aux_weight=0.5)
    trainer = mx.gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": 0.001, "momentum": 0.9, "wd": 1e-4}
    )
    images = mx.nd.random.uniform(shape=(BATCH, 3, size, size))
    labels = mx.nd.random.randint(0, CLASSES, shape=(BATCH, size, size)).astype("float32")
    began = 0.0
    for step in range(-2, steps):
        if step == 0:
            mx.nd.waitall()
            began = time.perf_counter()
        with mx.autograd.record():
            loss = criterion(*net(images), labels).mean()
        loss.backward()
        trainer.step(1)
        loss.asscalar()
    seconds = time.perf_counter() - began
    print(json.dumps({"images_per_second": BATCH * steps / seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
