"""From an image's bytes to mask, overlay and shares. These functions run in children."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference_api.decoding import decode
from inference_api.masks import (
    ClassShare,
    class_shares,
    index_png,
    overlay_png,
    read_index_png,
    rgb_png,
)
from inference_api.onnx_network import logits_of
from training_api.spec.errors import SegsmithError
from training_api.spec.model import ModelManifest
from training_api.spec.preprocessing import mask_of


@dataclass(frozen=True)
class Prediction:
    """One image's outcome. `mask` is an index PNG at the image's size; `overlay` a PNG if asked."""

    width: int
    height: int
    seconds: float
    classes: list[ClassShare]
    mask: bytes
    overlay: bytes | None = None


def predict_onnx(
    folder: Path, manifest: ModelManifest, data: bytes, opacity: float | None
) -> Prediction:
    """Predict with the model's ONNX artefact. `opacity` asks for an overlay.

    Raises BadImage, NeedsEngine, Corrupt.
    """
    started = time.monotonic()
    image = decode(data)
    mask = mask_of(logits_of(folder, manifest, image))
    return _prediction(manifest, image, mask, opacity, started)


def upright_png(data: bytes) -> bytes:
    """The image re-encoded as an upright RGB PNG, safe to hand to other programs."""
    return rgb_png(decode(data))


def finish(
    manifest: ModelManifest, image: bytes, mask: bytes, opacity: float | None, started: float
) -> Prediction:
    """The prediction whose mask (index PNG) another process made of `image` (`upright_png`).

    `started` is the moment of `time.monotonic` at which the work began.
    """
    values = read_index_png(mask)
    return _prediction(manifest, decode(image), values, opacity, started)


def _prediction(
    manifest: ModelManifest,
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    opacity: float | None,
    started: float,
) -> Prediction:
    if mask.shape != image.shape[:2]:
        raise SegsmithError(f"The model gave a mask of {mask.shape}, not {image.shape[:2]}.")
    over = None if opacity is None else overlay_png(image, mask, manifest.classes, opacity)
    return Prediction(
        width=mask.shape[1],
        height=mask.shape[0],
        seconds=round(time.monotonic() - started, 4),
        classes=class_shares(mask, manifest.classes),
        mask=index_png(mask, manifest.classes),
        overlay=over,
    )
