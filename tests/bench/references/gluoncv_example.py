"""A training loop as GluonCV's segmentation script (scripts/segmentation/train.py) runs it."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from training_api.engines.gluoncv_import import import_mxnet
from training_api.spec.dataset import DatasetVersion

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Cropped:
    """Mirror image, scale by 0.5 to 2, square crop, blur for one in two, normalise: the script's.

    An item is an image (3, size, size) and a label (size, size), -1 where there is no image.
    """

    def __init__(self, mx: Any, version: DatasetVersion, size: int) -> None:
        root = Path(version.root)
        self._mx = mx
        self._files = [(root / s.image.path, root / s.label.path) for s in version.samples]
        self._size = size
        steps = mx.gluon.data.vision.transforms
        self._tensor = steps.Compose([steps.ToTensor(), steps.Normalize(MEAN, STD)])

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, label = (Image.open(path) for path in self._files[index])
        image = image.convert("RGB")
        if random.random() < 0.5:
            image, label = (part.transpose(Image.FLIP_LEFT_RIGHT) for part in (image, label))
        image, label = self._cropped(*self._scaled(image, label))
        if random.random() < 0.5:
            image = image.filter(ImageFilter.GaussianBlur(radius=random.random()))
        ids = np.array(label).astype("int32")
        ids[ids == 255] = -1
        pixels = self._mx.nd.array(np.array(image), dtype="uint8")
        return self._tensor(pixels), self._mx.nd.array(ids)

    def _scaled(self, image: Any, label: Any) -> tuple[Any, Any]:
        short = random.randint(self._size // 2, self._size * 2)
        scale = short / min(image.size)
        size = tuple(max(1, int(side * scale + 0.5)) for side in image.size)
        image, label = image.resize(size, Image.BILINEAR), label.resize(size, Image.NEAREST)
        right, bottom = (max(0, self._size - side) for side in size)
        border = (0, 0, right, bottom)
        return ImageOps.expand(image, border, 0), ImageOps.expand(label, border, 255)

    def _cropped(self, image: Any, label: Any) -> tuple[Any, Any]:
        left = random.randint(0, image.width - self._size)
        top = random.randint(0, image.height - self._size)
        box = (left, top, left + self._size, top + self._size)
        return image.crop(box), label.crop(box)


def example_rate(version: DatasetVersion, size: int, batch: int, steps: int) -> float:
    """Images per second over `steps` steps after three: FCN-ResNet-50 with its auxiliary head.

    As the script: not hybridized, SGD with momentum, loader with the workers that the script
    would start, the loss fetched after each step for the progress line.
    """
    mx = import_mxnet(len(os.sched_getaffinity(0)), True)
    from gluoncv.loss import MixSoftmaxCrossEntropyLoss
    from gluoncv.model_zoo import FCN

    classes = len(version.classes)
    net = FCN(nclass=classes, backbone="resnet50", aux=True, pretrained_base=False, crop_size=size)
    net.initialize(mx.init.Xavier(), force_reinit=True)
    criterion = MixSoftmaxCrossEntropyLoss(True, aux_weight=0.5)
    settings = {"learning_rate": 0.001, "momentum": 0.9, "wd": 1e-4}
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", settings)
    loader = mx.gluon.data.DataLoader(
        Cropped(mx, version, size), batch, shuffle=True, last_batch="rollover", num_workers=1
    )
    began, done = 0.0, -3
    while done < steps:
        for images, labels in loader:
            with mx.autograd.record():
                loss = criterion(*net(images), labels)
            loss.backward()
            trainer.step(batch)
            loss.mean().asscalar()
            done += 1
            if done == 0:
                began = time.perf_counter()
            if done == steps:
                break
    return batch * steps / (time.perf_counter() - began)
