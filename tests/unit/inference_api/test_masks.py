"""Index PNG, overlay and shares."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from inference_api.masks import class_shares, index_png, overlay_png, read_index_png
from tests.colour_model import CLASSES, picture, truth


def test_an_index_png_keeps_ids_and_colours() -> None:
    data = index_png(truth(40, 60), CLASSES)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.size) == ("P", (60, 40))
        palette = image.getpalette()
        np.testing.assert_array_equal(np.asarray(image), truth(40, 60))
    assert palette is not None and tuple(palette[3:9]) == (200, 10, 20, 30, 40, 220)
    np.testing.assert_array_equal(read_index_png(data), truth(40, 60))


def test_shares_add_up() -> None:
    shares = class_shares(truth(40, 60), CLASSES)
    assert [share.pixels for share in shares] == [2400 - 300 - 600, 300, 600]
    assert sum(share.share for share in shares) == 1
    assert [share.name for share in shares] == ["background", "pad", "circle"]


def test_an_overlay_mixes_all_but_the_background() -> None:
    image = picture(600, 60)
    with Image.open(io.BytesIO(overlay_png(image, truth(600, 60), CLASSES, 0.25))) as shown:
        pixels = np.asarray(shown)
    np.testing.assert_array_equal(pixels[300, 0], image[300, 0])
    np.testing.assert_array_equal(pixels[0, 0], [238, 2, 5])
    np.testing.assert_array_equal(pixels[599, 59], [8, 10, 242])
    np.testing.assert_array_equal(image, picture(600, 60))
