"""Batches for training and validation: the same for every engine, seed and number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.dataset_reader import DatasetReader, Pair
from training_api.prefetch import Prefetch
from training_api.spec.split import DatasetSplit
from training_api.transforms.resize import Size
from training_api.variation import Variation, sample_rng


@dataclass(frozen=True)
class Sampling:
    """How training samples are drawn: window `size` is (height, width)."""

    seed: int
    batch_size: int
    epochs: int
    base_size: int
    multiple: int
    size: Size
    variation: Variation


@dataclass(frozen=True)
class Batch:
    """N samples, by stem: images N×H×W×3 uint8 RGB, labels N×H×W uint8."""

    stems: list[str]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


class Loader:
    """Draws batches from a reader, with `workers` threads that prepare them ahead."""

    def __init__(
        self, reader: DatasetReader, split: DatasetSplit, sampling: Sampling, workers: int
    ) -> None:
        self._reader = reader
        self._split = split
        self._sampling = sampling
        self._workers = workers

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every training image occurs."""
        return -(-len(self._split.training) // self._sampling.batch_size)

    def training(self, epoch: int, step: int) -> Prefetch[Batch]:
        """All batches from step `step` (from 0) of `epoch` (from 1) to the run's end."""
        return Prefetch(self._training_tasks(epoch, step), self._workers)

    def validation(self, batch_size: int) -> Prefetch[Batch]:
        """Every validation sample once, at its own size; batches hold one size each."""
        batches = self._validation_batches(batch_size)
        return Prefetch((partial(self._whole, stems) for stems in batches), self._workers, ahead=1)

    def _training_tasks(self, epoch: int, step: int) -> Iterator[Callable[[], Batch]]:
        for at in range(epoch, self._sampling.epochs + 1):
            batches = self._order(at)
            for indices in batches[step if at == epoch else 0 :]:
                yield partial(self._drawn, at, indices)

    def _order(self, epoch: int) -> NDArray[Any]:
        """Steps × batch size sample indices. The last batch is filled up from the beginning, so
        that all batches have one size and no image is left out."""
        rng = np.random.Generator(np.random.PCG64([self._sampling.seed, epoch]))
        order = rng.permutation(len(self._split.training))
        return np.resize(order, (self.steps_per_epoch, self._sampling.batch_size))

    def _drawn(self, epoch: int, indices: NDArray[Any]) -> Batch:
        pairs = [self._varied(epoch, int(index)) for index in indices]
        return _batch([self._split.training[index] for index in indices], pairs)

    def _varied(self, epoch: int, index: int) -> Pair:
        how = self._sampling
        pair = self._reader.scaled(self._split.training[index], how.base_size, how.multiple)
        return how.variation.view(*pair, how.size, sample_rng(how.seed, epoch, index))

    def _whole(self, stems: list[str]) -> Batch:
        return _batch(stems, [self._reader.full(stem) for stem in stems])

    def _validation_batches(self, batch_size: int) -> Iterator[list[str]]:
        def size(stem: str) -> Size:
            sample = self._reader.sample(stem)
            return sample.height, sample.width

        for _, group in groupby(sorted(self._split.validation, key=size), key=size):
            stems = list(group)
            for start in range(0, len(stems), batch_size):
                yield stems[start : start + batch_size]


def _batch(stems: list[str], pairs: list[Pair]) -> Batch:
    images, labels = zip(*pairs, strict=True)
    return Batch(stems, np.stack(images), np.stack(labels))
