"""Images from outside mean the same wherever they are read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training_api.images.opening import UNREADABLE, Fractions, TooManyPixels, open_image, rgb_of


def written(image: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    buffer.seek(0)
    return buffer


def read(image: Image.Image, kind: str = "PNG", **options: object) -> np.ndarray:
    with open_image(written(image, kind, **options)) as opened:
        return rgb_of(opened)


def test_colours_are_as_a_viewer_shows_them() -> None:
    colours = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert np.array_equal(read(Image.fromarray(colours)), colours)
    clear = np.dstack([colours, np.zeros((2, 4), np.uint8)])
    assert np.array_equal(read(Image.fromarray(clear)), colours), "transparency is dropped"
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    turned = read(Image.fromarray(colours), exif=exif)
    assert np.array_equal(turned, np.rot90(colours, -1))


def test_deep_grey_is_scaled_to_eight_bits() -> None:
    grey = np.array([[0, 255, 256, 65_535]], np.uint16)
    assert read(Image.fromarray(grey))[0, :, 0].tolist() == [0, 0, 1, 255]


def test_fractions_are_no_colours() -> None:
    with pytest.raises(Fractions):
        read(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF")


def test_other_formats_and_torn_files_are_refused(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 30))
    for source in (written(picture, "GIF"), io.BytesIO(b"no image")):
        with pytest.raises(UNREADABLE):
            open_image(source)
    torn = tmp_path / "torn.png"
    torn.write_bytes(written(Image.effect_noise((40, 30), 50)).getvalue()[:300])
    with pytest.raises(UNREADABLE), open_image(torn) as image:
        rgb_of(image)


def test_the_cap_decides_before_anything_is_decoded() -> None:
    with pytest.raises(TooManyPixels, match="40×30 pixels"):
        open_image(written(Image.new("RGB", (40, 30))), 40 * 30 - 1)
    open_image(written(Image.new("RGB", (40, 30))), 40 * 30).close()
