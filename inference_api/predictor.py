"""Predicts images with published models: ONNX in a child, or the model's own engine."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from inference_api.engine_process import mask_from_engine
from inference_api.onnx_network import NeedsEngine, has_artefact
from inference_api.prediction import Prediction, finish, predict_onnx, upright_png
from training_api.spec.model import ModelManifest
from training_api.spec.pool import ChildPool

DEFAULT_OPACITY = 0.5


class Predictor:
    """Thread-safe and blocking. Neither decodes nor computes in the calling process."""

    def __init__(self, children: int = 1, seconds: float = 120.0, memory: int = 12 << 30) -> None:
        self._pool = ChildPool(children, seconds, memory)
        self._seconds = seconds
        self._engine = threading.Semaphore(1)  # an engine takes seconds to start and every core

    def predict(
        self, folder: Path, manifest: ModelManifest, data: bytes, opacity: float | None = None
    ) -> Prediction:
        """The prediction for an image file's bytes; with `opacity` (0..1) also the overlay.

        Raises BadImage, ChildFailed, Corrupt, NoEngine or PredictionFailed.
        """
        if has_artefact(manifest):
            try:
                return self._pool.run(predict_onnx, folder, manifest, data, opacity)
            except NeedsEngine:
                pass
        started = time.monotonic()
        image = self._pool.run(upright_png, data)
        with self._engine:
            mask = mask_from_engine(folder, manifest, image, self._seconds)
        return self._pool.run(finish, manifest, image, mask, opacity, started)

    def close(self) -> None:
        """End the children."""
        self._pool.close()
