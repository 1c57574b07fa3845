"""Decoding: every accepted format and mode, by the same rules as in training; the rest refused."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference_api.decoding import BadImage, decode
from tests.colour_model import picture
from training_api.transforms.decode import decode_image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


MODES = {
    "RGB": Image.fromarray(picture(8, 12)),
    "RGBA": Image.fromarray(picture(8, 12)).convert("RGBA"),
    "L": Image.fromarray(picture(8, 12)).convert("L"),
    "LA": Image.fromarray(picture(8, 12)).convert("LA"),
    "P": Image.fromarray(picture(8, 12)).convert("P"),
    "1": Image.fromarray(picture(8, 12)).convert("1"),
    "I;16": Image.fromarray(np.linspace(0, 65535, 96).reshape(8, 12).astype(np.uint16)),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_gives_the_pixels_of_training(mode: str) -> None:
    data = encoded(MODES[mode])
    image = decode(data)
    assert image.shape == (8, 12, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(image, decode_image(data, "a.png"))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG"])
def test_every_format_is_read(kind: str) -> None:
    data = encoded(MODES["RGB"], kind)
    np.testing.assert_array_equal(decode(data), decode_image(data, "a"))
    assert abs(decode(data).astype(int) - picture(8, 12)).mean() < 40


def test_cmyk_and_transparent_palette_become_rgb() -> None:
    cmyk = encoded(MODES["RGB"].convert("CMYK"), "JPEG", quality=95)
    np.testing.assert_array_equal(decode(cmyk), decode_image(cmyk, "a.jpg"))
    clear = encoded(MODES["P"], transparency=0)
    np.testing.assert_array_equal(decode(clear), decode_image(clear, "a.png"))


def test_the_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    data = encoded(MODES["RGB"], "PNG", exif=exif)
    np.testing.assert_array_equal(decode(data), np.rot90(picture(8, 12), -1))


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"SIMPLE  =                    T" + b" " * 2850,
        encoded(MODES["RGB"], "GIF"),
        encoded(MODES["RGB"], "PPM"),
        encoded(MODES["RGB"])[:60],
        encoded(MODES["RGB"], "JPEG")[:400],
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadImage, match="PNG, JPEG, TIFF, BMP and WebP") as caught:
        decode(data)
    assert caught.value.field == "image"


@pytest.mark.parametrize(("side", "told"), [(20_000, "far too many"), (7000, "7000×7000")])
def test_a_bomb_is_refused_by_its_header(side: int, told: str) -> None:
    bomb = encoded(Image.new("1", (side, side)))
    assert len(bomb) < 100_000
    with pytest.raises(BadImage, match=f"{told} pixels; scale it below 40 million"):
        decode(bomb)


def test_fractions_are_refused() -> None:
    data = encoded(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF")
    with pytest.raises(BadImage, match="fractions"):
        decode(data)
