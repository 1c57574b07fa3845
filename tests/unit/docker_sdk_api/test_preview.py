"""Previews show an image as training sees it, and no image that training refuses."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from docker_sdk_api.datasets.preview import draw
from training_api.spec.dataset import DatasetClass
from training_api.spec.errors import InvalidDataset
from training_api.transforms.decode import decode_image


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_deep_grey_looks_as_in_training(tmp_path: Path, suffix: str) -> None:
    image = tmp_path / f"deep.{suffix}"
    grey = np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32)
    Image.fromarray(grey).save(image)
    draw(image, image, [], "image", 160, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as shown:
        trained = decode_image(image.read_bytes(), image.name)
        np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), trained)


@pytest.mark.parametrize("kind", ["image", "label", "overlay"])
def test_too_many_pixels_are_refused_before_they_are_decoded(
    tmp_path: Path, kind: Literal["image", "label", "overlay"]
) -> None:
    vast = tmp_path / "vast.png"
    vast.write_bytes(_png_head(12_001, 10_000))
    with pytest.raises(InvalidDataset, match=r"vast\.png has 12001×10000 pixels"):
        draw(vast, vast, [], kind, 160, tmp_path / "out.png")


def test_a_large_image_within_the_cap_is_opened_without_a_warning(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(_png_head(12_000, 10_000))  # beyond Pillow's own bound for warnings
    with pytest.raises(InvalidDataset, match="cannot be read"):  # it has no pixels
        draw(large, large, [], "image", 160, tmp_path / "out.png")


def _png_head(width: int, height: int) -> bytes:
    """A PNG that says its size and holds no pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT"
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (head, data)
    )


def test_overlays_leave_background_and_what_has_no_class_clear(tmp_path: Path) -> None:
    photo, label = tmp_path / "photo.png", tmp_path / "label.png"
    Image.new("RGB", (4, 1), (10, 20, 30)).save(photo)
    ids = np.array([[0, 1, 7, 255]], np.uint8)  # 7 belongs to no class
    Image.fromarray(ids).save(label)
    classes = [
        DatasetClass(id=0, name="sky", colour=(255, 0, 0)),
        DatasetClass(id=1, name="Background", colour=(0, 255, 0)),
    ]
    draw(photo, label, classes, "overlay", 160, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as shown:
        pixels = np.asarray(shown.convert("RGB"))[0]
    assert pixels[0][0] > 100, "class 0 is a class like any other"
    assert (pixels[1:] == (10, 20, 30)).all()


def test_the_set_pixels_of_a_1_bit_label_are_class_1(tmp_path: Path) -> None:
    photo, label = tmp_path / "photo.png", tmp_path / "label.png"
    Image.new("RGB", (2, 1)).save(photo)
    Image.fromarray(np.array([[False, True]])).save(label)
    classes = [DatasetClass(id=0, name="a", colour=(1, 2, 3))]
    classes.append(DatasetClass(id=1, name="b", colour=(4, 5, 6)))
    draw(photo, label, classes, "label", 160, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as shown:
        assert [*np.asarray(shown.convert("RGB"))[0].ravel()] == [1, 2, 3, 4, 5, 6]
