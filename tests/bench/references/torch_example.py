"""A training loop as PyTorch's segmentation example (vision/references/segmentation) runs it."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.dataset import IGNORE, DatasetVersion

declare_missing_operators()
from torchvision.models.segmentation import fcn_resnet50  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

_MEAN, _STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Cropped(Dataset[Any]):
    """Random resize by 0.5 to 2, mirror image, square crop, tensor, normalise: the example's."""

    def __init__(self, version: DatasetVersion, size: int) -> None:
        root = Path(version.root)
        self._files = [(root / s.image.path, root / s.label.path) for s in version.samples]
        self._size = size

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, label = (Image.open(path) for path in self._files[index])
        image = image.convert("RGB")
        side = random.randint(self._size // 2, self._size * 2)
        image = functional.resize(image, [side])
        label = functional.resize(label, [side], functional.InterpolationMode.NEAREST)
        if random.random() < 0.5:
            image, label = functional.hflip(image), functional.hflip(label)
        image, label = self._cropped(image, label)
        tensor = functional.normalize(functional.to_tensor(image), _MEAN, _STD)
        return tensor, torch.as_tensor(np.array(label), dtype=torch.int64)

    def _cropped(self, image: Any, label: Any) -> tuple[Any, Any]:
        right, bottom = (max(0, self._size - side) for side in image.size)
        image = functional.pad(image, [0, 0, right, bottom])
        label = functional.pad(label, [0, 0, right, bottom], fill=IGNORE)
        left = random.randint(0, image.width - self._size)
        top = random.randint(0, image.height - self._size)
        box = (top, left, self._size, self._size)
        return functional.crop(image, *box), functional.crop(label, *box)


def example_rate(version: DatasetVersion, size: int, batch: int, steps: int) -> float:
    """Images per second over `steps` steps after three, float32, SGD, auxiliary weight 0.5."""
    model = fcn_resnet50(
        weights=None, weights_backbone=None, num_classes=len(version.classes), aux_loss=True
    )
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    data = Cropped(version, size)
    loader = DataLoader(data, batch_size=batch, shuffle=True, num_workers=1, drop_last=True)
    began, done = 0.0, -3
    while done < steps:
        for images, labels in loader:
            output = model(images)
            loss = nn.functional.cross_entropy(output["out"], labels, ignore_index=IGNORE)
            aux = nn.functional.cross_entropy(output["aux"], labels, ignore_index=IGNORE)
            optimizer.zero_grad()
            (loss + 0.5 * aux).backward()
            optimizer.step()
            loss.item()
            done += 1
            if done == 0:
                began = time.perf_counter()
            if done == steps:
                break
    return batch * steps / (time.perf_counter() - began)
