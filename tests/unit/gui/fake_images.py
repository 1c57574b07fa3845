"""Small pictures for the fake API, drawn by number so that each name always gives the same one."""

from __future__ import annotations

import base64
import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training_api.spec.palette import COLOURS, flat_palette

WIDTH, HEIGHT = 320, 240


def mask(name: str, classes: int, shift: int = 0) -> NDArray[np.uint8]:
    """240×320 class ids: a few blobs on background, moved by `shift` pixels."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for index in range(6):
        y, x = random.integers(30, HEIGHT - 30), random.integers(30, WIDTH - 30)
        radius = random.integers(14, 44)
        inside = (rows - y - shift) ** 2 + (columns - x - shift) ** 2 < radius**2
        ids[inside] = 1 + index % max(classes - 1, 1)
    return ids


def photo(name: str) -> NDArray[np.uint8]:
    """240×320×3: what the mask of the same name labels, in plain light with noise."""
    random = np.random.default_rng(zlib.crc32(name.encode()) + 1)
    light = np.linspace(90, 170, WIDTH)[None, :, None] + np.linspace(-20, 20, HEIGHT)[:, None, None]
    shade = mask(name, 8)[..., None] * np.array([14, -9, 22])
    noise = random.normal(0, 6, (HEIGHT, WIDTH, 3))
    return np.clip(light + shade + noise, 0, 255).astype(np.uint8)


def overlay(name: str, classes: int) -> NDArray[np.uint8]:
    """The photo under its mask's colours at half strength."""
    ids = mask(name, classes)
    colours = np.array(COLOURS, np.float64)[ids]
    image = photo(name).astype(np.float64)
    mixed = np.where((ids > 0)[..., None], image * 0.5 + colours * 0.5, image)
    return mixed.astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """An RGB PNG of H×W×3, an index PNG with our palette of H×W."""
    image = Image.fromarray(pixels)
    if pixels.ndim == 2:
        image.putpalette(flat_palette(list(COLOURS)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def prediction(classes: list[dict[str, Any]]) -> dict[str, Any]:
    """The inference API's answer for a photo."""
    ids = mask("photo", 3)
    return {
        "model": "m-j-done", "width": ids.shape[1], "height": ids.shape[0], "seconds": 0.213,
        "classes": [
            entry | {"pixels": int(pixels), "share": float(pixels / ids.size)}
            for entry, pixels in zip(classes, np.bincount(ids.flat), strict=True)
        ],
        "mask": base64.b64encode(png(ids)).decode(),
    }  # fmt: skip
