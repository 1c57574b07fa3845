"""Decoding: orientation, modes, and refusals that name the file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training_api.spec.errors import InvalidDataset
from training_api.transforms.decode import decode_image, decode_label


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def ramp(height: int = 4, width: int = 6) -> NDArray[np.uint8]:
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def test_rgb_is_returned_as_it_is() -> None:
    assert np.array_equal(decode_image(encoded(Image.fromarray(ramp())), "a.png"), ramp())


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (1, lambda pixels: pixels),
        (2, lambda pixels: pixels[:, ::-1]),
        (3, lambda pixels: pixels[::-1, ::-1]),
        (4, lambda pixels: pixels[::-1]),
        (5, lambda pixels: pixels.transpose(1, 0, 2)),
        (6, lambda pixels: np.rot90(pixels, -1)),
        (7, lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2)),
        (8, lambda pixels: np.rot90(pixels)),
    ],
)
def test_exif_orientation_is_applied(orientation: int, turn: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(ramp()), exif=exif)

    assert np.array_equal(decode_image(data, "a.png"), turn(ramp()))


def test_grey_transparent_and_palette_images_become_rgb() -> None:
    grey = ramp()[..., 0]
    assert np.array_equal(
        decode_image(encoded(Image.fromarray(grey)), "a.png"), np.repeat(grey[..., None], 3, 2)
    )
    clear = np.concatenate([ramp(), np.zeros_like(ramp()[..., :1])], axis=2)
    assert np.array_equal(decode_image(encoded(Image.fromarray(clear)), "a.png"), ramp())
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    data = encoded(palette, transparency=bytes([0, 255]))
    assert decode_image(data, "a.png").tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_16_bit_grey_is_scaled_by_its_range() -> None:
    deep = np.array([[0, 255, 256, 65535]], np.uint16)
    assert decode_image(encoded(Image.fromarray(deep)), "a.png")[0, :, 0].tolist() == [0, 0, 1, 255]


def test_a_palette_label_keeps_its_indices() -> None:
    label = np.array([[0, 1, 2, 255]], np.uint8)
    image = Image.fromarray(label)
    image.putpalette([value for index in range(256) for value in (index, 0, 255 - index)])
    assert np.array_equal(decode_label(encoded(image), "a.png"), label)
    assert np.array_equal(decode_label(encoded(Image.fromarray(label)), "a.png"), label)


@pytest.mark.parametrize("read", [decode_image, decode_label])
@pytest.mark.parametrize(
    "data",
    [b"", b"no image", encoded(Image.effect_noise((64, 64), 50))[:900]],
    ids=["empty", "text", "truncated"],
)
def test_what_is_no_image_is_refused_by_name(read: Any, data: bytes) -> None:
    with pytest.raises(InvalidDataset, match=r"images/x\.png cannot be read"):
        read(data, "images/x.png")


def test_formats_outside_the_list_are_refused() -> None:
    with pytest.raises(InvalidDataset, match=r"a\.gif cannot be read"):
        decode_image(encoded(Image.fromarray(ramp()), "GIF"), "a.gif")


def test_too_many_pixels_and_colour_labels_are_refused() -> None:
    data = encoded(Image.fromarray(ramp()))
    with pytest.raises(InvalidDataset, match=r"6×4 pixels.*below 20"):
        decode_image(data, "a.png", largest=20)
    with pytest.raises(InvalidDataset, match=r"a\.png is a RGB image"):
        decode_label(data, "a.png")
