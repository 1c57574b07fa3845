"""The split: seeded, complete, at least one image on each side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_api.spec.errors import Corrupt, InvalidDataset
from training_api.spec.split import DatasetSplit, split_counts, split_stems


@given(st.integers(2, 500), st.integers(1, 99))
def test_both_sides_get_at_least_one_and_about_their_share(images: int, percent: int) -> None:
    training, validation = split_counts(images, percent)
    assert training + validation == images and training >= 1 and validation >= 1
    assert abs(training - images * percent / 100) <= 1


def test_fewer_than_two_images_cannot_be_split() -> None:
    with pytest.raises(InvalidDataset, match="1 labelled images; at least 2"):
        split_counts(1, 80)


@given(
    st.sets(st.text(min_size=1), min_size=2, max_size=40), st.integers(1, 99), st.integers(0, 2**31)
)
def test_every_sample_is_on_exactly_one_side(stems: set[str], percent: int, seed: int) -> None:
    split = split_stems(sorted(stems), percent, seed)
    assert sorted(split.training + split.validation) == sorted(stems)


def test_the_seed_decides_not_the_order() -> None:
    stems = [f"image {number}" for number in range(51)]
    first = split_stems(stems, 80, 0)
    assert first == split_stems(stems[::-1], 80, 0)
    assert (len(first.training), len(first.validation)) == (41, 10)
    assert first.validation != split_stems(stems, 80, 1).validation


def test_a_changed_split_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    split = split_stems(["a", "b", "c"], 67, 0)
    split.save(path)
    assert DatasetSplit.load(path) == split
    document = json.loads(path.read_bytes())
    document["training"], document["validation"] = document["validation"], document["training"]
    path.write_text(json.dumps(document))
    with pytest.raises(Corrupt, match=r"split\.json"):
        DatasetSplit.load(path)
