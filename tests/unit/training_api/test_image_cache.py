"""What is kept in memory of images that were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training_jobs import make_dataset
from training_api.dataset_reader import DatasetReader
from training_api.image_cache import Kind, chosen_kind, kept_bytes

SIZES = (32, 32)


@pytest.mark.parametrize("kind", ["decoded", "raw", "off"])
def test_the_estimate_is_what_reading_everything_keeps(tmp_path: Path, kind: Kind) -> None:
    version = make_dataset(tmp_path / "parts", height=48, width=64)
    training, validation = version.samples[:5], version.samples[5:]
    reader = DatasetReader(version, Path(version.root), 1 << 30, kind)
    for sample in training:
        reader.scaled(sample.stem, *SIZES)
    for sample in validation:
        reader.full(sample.stem)
    assert reader.kept == kept_bytes(kind, training, validation, SIZES)
    assert bool(reader.kept) is (kind != "off")


@pytest.mark.parametrize(
    ("wanted", "budget", "kind"),
    [
        ("auto", "images", "decoded"),
        ("auto", "files", "raw"),
        ("auto", "less", "decoded"),
        ("raw", "images", "raw"),
        ("decoded", "less", "decoded"),
        ("off", "images", "off"),
    ],
)
def test_what_fits_is_chosen(tmp_path: Path, wanted: Any, budget: str, kind: Kind) -> None:
    version = make_dataset(tmp_path / "parts", height=200, width=300)
    training, validation = version.samples[:5], version.samples[5:]
    images, files = (kept_bytes(k, training, validation, (200, 1)) for k in ("decoded", "raw"))
    assert files < images
    bytes_of = {"images": images, "files": files, "less": files - 1}
    assert chosen_kind(wanted, training, validation, (200, 1), bytes_of[budget]) == kind
