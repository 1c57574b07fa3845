"""A plain PyTorch loop around the Fast preset's network; prints the mIoU of each validation.

`.venv-torch/bin/python tests/bench/references/plain_loop.py MANIFEST SPLIT SEED MIOU SECONDS BASE`
ends at that mIoU or after so many seconds; BASE is the images' short side, 0 the preset's.
float32, AdamW, batch 4, flips, cross entropy.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from training_api.dataset_reader import DatasetReader
from training_api.metrics import confusion_matrix, counts_of, scores
from training_api.networks import network_for
from training_api.spec.dataset import IGNORE, DatasetVersion
from training_api.spec.hyper_parameters import EngineName
from training_api.spec.preset import preset_named, recommended
from training_api.spec.split import DatasetSplit

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


class Flipped(Dataset[Any]):
    """Training samples at the network's size, mirrored at random."""

    def __init__(self, reader: DatasetReader, stems: list[str], base: int) -> None:
        self._reader, self._stems, self._base = reader, stems, base

    def __len__(self) -> int:
        return len(self._stems)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, label = self._reader.scaled(self._stems[index], self._base, 32)
        if random.random() < 0.5:
            image, label = image[:, ::-1], label[:, ::-1]
        return _tensor(image), torch.from_numpy(np.ascontiguousarray(label)).long()


def _tensor(image: Any) -> torch.Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255
    return (pixels - MEAN) / STD


@torch.no_grad()
def validated(model: Any, reader: DatasetReader, stems: list[str], base: int, classes: int) -> Any:
    """mIoU over whole images at label resolution."""
    model.eval()
    matrix = np.zeros((classes, classes), np.int64)
    for stem in stems:
        small, _ = reader.scaled(stem, base, 32)
        _, label = reader.full(stem)
        logits = model(_tensor(small)[None])[0]
        logits = torch.nn.functional.interpolate(logits, label.shape, mode="bilinear")
        mask = logits.argmax(1)[0].numpy().astype(np.uint8)
        matrix += confusion_matrix(label, mask, classes)
    return scores(counts_of(matrix))["miou"]


def main(
    manifest: Path, split_file: Path, seed: int, quality: float, seconds: float, base: int
) -> None:
    """Train until `quality`."""
    random.seed(seed)
    torch.manual_seed(seed)
    version, split = DatasetVersion.load(manifest), DatasetSplit.load(split_file)
    preset = preset_named("fast")
    base = base or int(recommended(preset.engine, preset)["base_size"])
    reader = DatasetReader(version, Path(version.root), 1 << 31)
    classes = len(version.classes)
    network = network_for(EngineName.torch, preset.network, preset.options)
    model = network.build(classes, (base, base))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    data = Flipped(reader, split.training, base)
    loader = DataLoader(data, batch_size=4, shuffle=True, num_workers=1, drop_last=True)
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        model.train()
        for images, labels in loader:
            loss = torch.nn.functional.cross_entropy(model(images)[0], labels, ignore_index=IGNORE)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        miou = validated(model, reader, split.validation, base, classes) or 0.0
        print(miou, flush=True)
        if miou >= quality:
            return


if __name__ == "__main__":
    paths, seed, limits, size = sys.argv[1:3], sys.argv[3], sys.argv[4:6], sys.argv[6]
    main(*map(Path, paths), int(seed), *map(float, limits), int(size))
