"""Reading a dataset version: what has changed since the check is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training_jobs import make_dataset
from training_api.dataset_reader import DatasetReader, cache_budget
from training_api.spec.dataset import DatasetVersion
from training_api.spec.errors import InvalidDataset

STEM = "part 003"


def reader_of(version: DatasetVersion, budget: int = 1 << 30) -> DatasetReader:
    return DatasetReader(version, Path(version.root), budget)


def test_pairs_come_at_their_own_or_the_networks_size(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts", height=48, width=64)
    reader = reader_of(version)
    reader.check_files()
    image, label = reader.full(STEM)
    assert np.array_equal(image, np.array(Image.open(tmp_path / f"parts/images/{STEM}.png")))
    assert np.array_equal(label, np.array(Image.open(tmp_path / f"parts/labels/{STEM}.png")))
    image, label = reader.scaled(STEM, 96, 32)
    assert image.shape == (96, 128, 3) and label.shape == (96, 128)


def test_the_second_access_reads_no_file(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts")
    reader = reader_of(version)
    first = reader.full(STEM)
    (tmp_path / f"parts/images/{STEM}.png").unlink()
    assert reader.full(STEM) is first


def test_what_does_not_fit_the_budget_is_read_again(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts", height=48, width=64)
    reader = reader_of(version, budget=48 * 64 * 4 * 2 + 1)
    for _ in range(2):
        kept = [reader.full(sample.stem) for sample in version.samples]
    again = [reader.full(sample.stem) for sample in version.samples]
    assert sum(a is b for a, b in zip(kept, again, strict=True)) == 2


def test_files_are_kept_instead_of_images(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts")
    sample = next(sample for sample in version.samples if sample.stem == STEM)
    reader = DatasetReader(version, Path(version.root), 1 << 30, "raw")
    first = reader.full(STEM)
    assert reader.kept == sample.image.size + sample.label.size
    for part in ("images", "labels"):
        (tmp_path / "parts" / part / f"{STEM}.png").unlink()
    assert np.array_equal(reader.full(STEM)[0], first[0])
    assert reader.scaled(STEM, 96, 32)[0].shape == (96, 128, 3)


def test_nothing_is_kept_if_that_is_wanted(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts")
    reader = DatasetReader(version, Path(version.root), 1 << 30, "off")
    reader.full(STEM)
    (tmp_path / f"parts/images/{STEM}.png").unlink()
    with pytest.raises(InvalidDataset, match="is missing"):
        reader.full(STEM)
    assert reader.kept == 0


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (Path.unlink, "is missing"),
        (truncate, "it has changed since"),
        (flip_a_byte, "has changed since"),
    ],
)
def test_a_harmed_file_is_named(
    tmp_path: Path, part: str, harm: Callable[[Path], None], sentence: str
) -> None:
    version = make_dataset(tmp_path / "parts")
    harm(tmp_path / "parts" / part / f"{STEM}.png")
    with pytest.raises(InvalidDataset, match=f"{part}/{STEM}.png.*{sentence}"):
        reader_of(version).full(STEM)


@pytest.mark.parametrize("harm", [Path.unlink, truncate])
def test_missing_and_cut_files_show_before_any_is_decoded(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    version = make_dataset(tmp_path / "parts")
    harm(tmp_path / "parts" / "labels" / f"{STEM}.png")
    with pytest.raises(InvalidDataset, match=f"labels/{STEM}.png"):
        reader_of(version).check_files()


def test_ids_outside_the_classes_never_reach_an_engine(tmp_path: Path) -> None:
    version = make_dataset(tmp_path / "parts")
    fewer = version.model_copy(update={"classes": version.classes[:2]})
    with pytest.raises(InvalidDataset, match=r"labels/part 003.png holds the id 2.*0 to 1"):
        reader_of(fewer).full(STEM)


def test_an_unknown_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="no sample 'other'"):
        reader_of(make_dataset(tmp_path / "parts")).full("other")


def test_the_cache_takes_a_part_of_free_memory() -> None:
    assert 1 << 20 < cache_budget() < 1 << 42
