"""Batches: complete, reproducible, and the same from any position."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training_jobs import make_dataset
from training_api.augmentations import all_augmentations, augmentations_for
from training_api.dataset_reader import DatasetReader
from training_api.formats import scan_folder
from training_api.loader import Batch, Loader, Sampling
from training_api.spec.augmentations import usual_augmentations
from training_api.spec.errors import InvalidDataset
from training_api.spec.split import split_stems
from training_api.variation import Variation

SAMPLING = Sampling(
    seed=1,
    batch_size=3,
    epochs=3,
    base_size=32,
    multiple=32,
    size=(32, 64),
    variation=Variation(augmentations_for(usual_augmentations())),
)
ALL = Variation(augmentations_for({entry.name: {} for entry in all_augmentations()}))


STEMS = [f"part {number:03d}" for number in range(10)]
SPLIT = split_stems(STEMS, 80, 0)


def reader_of(folder: Path) -> DatasetReader:
    version = scan_folder(folder).version
    assert version is not None
    return DatasetReader(version, folder, 1 << 30)


def loader_of(folder: Path, workers: int = 0, sampling: Sampling = SAMPLING) -> Loader:
    return Loader(reader_of(folder), SPLIT, sampling, workers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_dataset(tmp_path / "parts", count=10)
    return tmp_path / "parts"


def drawn(loader: Loader, epoch: int = 1, step: int = 0) -> list[Batch]:
    with loader.training(epoch, step) as batches:
        return list(batches)


def same(left: Batch, right: Batch) -> bool:
    return (
        left.stems == right.stems
        and np.array_equal(left.images, right.images)
        and np.array_equal(left.labels, right.labels)
    )


def test_every_training_image_occurs_in_every_epoch(folder: Path) -> None:
    loader = loader_of(folder)
    assert loader.steps_per_epoch == 3  # 8 images in batches of 3, the last one filled up
    batches = drawn(loader)
    assert len(batches) == 9
    for epoch in range(3):
        stems = {stem for batch in batches[3 * epoch : 3 * epoch + 3] for stem in batch.stems}
        assert len(stems) == 8
    assert all(batch.images.shape == (3, 32, 64, 3) for batch in batches)
    assert batches[0].stems != batches[3].stems


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("variation", [SAMPLING.variation, ALL], ids=["usual", "all"])
def test_threads_change_nothing(folder: Path, workers: int, variation: Variation) -> None:
    sampling = replace(SAMPLING, variation=variation)
    alone = drawn(loader_of(folder, 0, sampling))
    helped = drawn(loader_of(folder, workers, sampling))
    assert all(same(left, right) for left, right in zip(alone, helped, strict=True))


@pytest.mark.parametrize(("epoch", "step"), [(1, 2), (2, 0), (3, 1), (2, 3)])
def test_a_run_goes_on_where_it_was(folder: Path, epoch: int, step: int) -> None:
    whole = drawn(loader_of(folder))
    rest = drawn(loader_of(folder, workers=2), epoch, step)
    expected = whole[(epoch - 1) * 3 + step :]
    assert len(rest) == len(expected)
    assert all(same(left, right) for left, right in zip(rest, expected, strict=True))


def test_another_seed_is_another_run(folder: Path) -> None:
    other = replace(SAMPLING, seed=2)
    assert not same(drawn(loader_of(folder))[0], drawn(loader_of(folder, 0, other))[0])


def test_without_variation_images_are_only_centred(folder: Path) -> None:
    plain = replace(SAMPLING, variation=Variation(), size=(32, 32))
    first = drawn(loader_of(folder, 0, plain))[0]
    _, label = reader_of(folder).scaled(first.stems[0], 32, 32)
    left = (label.shape[1] - 32) // 2
    assert np.array_equal(first.labels[0], label[:, left : left + 32])


def test_validation_holds_each_image_once_at_its_own_size(tmp_path: Path) -> None:
    make_dataset(tmp_path / "parts", count=10, height=48, width=64)
    for stem in STEMS[::2]:
        for part in ("images", "labels"):
            path = tmp_path / "parts" / part / f"{stem}.png"
            Image.open(path).crop((0, 0, 40, 44)).save(path)
    mostly_validation = split_stems(STEMS, 20, 0)
    loader = Loader(reader_of(tmp_path / "parts"), mostly_validation, SAMPLING, workers=1)
    with loader.validation(3) as batches:
        found = list(batches)
    assert sorted(stem for batch in found for stem in batch.stems) == mostly_validation.validation
    assert {batch.images.shape[1:3] for batch in found} == {(48, 64), (44, 40)}
    assert max(len(batch.stems) for batch in found) == 3


def test_validation_is_never_varied(folder: Path) -> None:
    reader = reader_of(folder)
    loader = Loader(reader, SPLIT, replace(SAMPLING, variation=ALL), workers=1)
    with loader.training(1, 0) as training:
        next(training)
    with loader.validation(2) as batches:
        found = [(batch, at) for batch in batches for at in range(len(batch.stems))]
    assert len(found) == len(SPLIT.validation)
    for batch, at in found:
        image, label = reader.full(batch.stems[at])
        assert np.array_equal(batch.images[at], image)
        assert np.array_equal(batch.labels[at], label)


def test_a_bad_file_is_raised_where_the_batch_is_asked_for(folder: Path) -> None:
    loader = loader_of(folder, workers=2)
    (folder / "images" / f"{SPLIT.training[0]}.png").unlink()
    with pytest.raises(InvalidDataset, match="is missing"):
        drawn(loader)
