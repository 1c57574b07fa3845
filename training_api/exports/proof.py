"""The proof that an exported file computes what the engine computes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.exports.base import Record
from training_api.spec.model import Preprocessing
from training_api.spec.preprocessing import normalised

Image = NDArray[np.uint8]
Size = tuple[int, int]
Logits = NDArray[np.float32]
Predict = Callable[[Image], Logits]
"""From an H×W×3 image to 1×C×H×W logits."""

LEAST_AGREEMENT = 0.999
"""Share of pixels that must get the same class; rounding alone stays far above it."""
LARGEST_DIFFERENCE = 0.01
"""Allowed difference of logits, relative to the largest of the image (at least 1)."""
MOST_IMAGES = 5


@dataclass(frozen=True)
class Proof:
    """What was compared. `worst` is the largest difference relative to the image's logits."""

    images: int
    agreement: float
    max_abs_difference: float
    worst: float

    @property
    def refusal(self) -> str:
        """Why the export must not be shipped; empty if it may."""
        if self.agreement < LEAST_AGREEMENT:
            return (
                f"The exported network gives another class for {1 - self.agreement:.2%} of the "
                "pixels of validation images, so it was not shipped."
            )
        if not self.worst <= LARGEST_DIFFERENCE:
            return (
                f"The exported network's logits differ by {self.worst:.2%} from the engine's, so "
                "it was not shipped."
            )
        return ""

    def record(self) -> Record:
        """The outcome for the model's manifest."""
        return {
            "status": "refused" if self.refusal else "shipped",
            "reason": self.refusal,
            "images": self.images,
            "agreement": self.agreement,
            "max_abs_difference": self.max_abs_difference,
        }


def attempt(
    write: Callable[[Path], None],
    path: Path,
    engine: Any,
    images: list[Image],
    size: Size | None = None,
) -> Record:
    """Write and prove an ONNX file; returns what the record says about it.

    With `size` the file takes images of that (height, width) only. Any failure is a refusal, as a
    training must not fail for its export, and leaves no file.
    """
    try:
        _cases(images, size)  # raises before the writing, which takes longer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # exporters warn about their own code
            write(path)
        proof = prove(engine.predict, onnx_predict(path, engine.preprocessing), images, size)
        record = proof.record()
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [""])[0]
        record = {"status": "refused", "reason": f"{type(error).__name__}: {first_line}"}
    if record["status"] == "shipped":
        return record | {"files": [path.name]}
    path.unlink(missing_ok=True)
    return record | {"files": []}


def prove(
    expected: Predict, found: Predict, images: list[Image], size: Size | None = None
) -> Proof:
    """Compare both on the first few images; on those of `size` only if `found` takes no other.

    Else also on images turned and cut to odd sides. Raises ValueError without images: nothing is
    shipped unproven.
    """
    count, pixels, equal, largest, worst = 0, 0, 0, 0.0, 0.0
    for image in _cases(images, size):
        ours, theirs = expected(image), found(image)
        difference = float(np.abs(ours - theirs).max())
        largest = max(largest, difference)
        worst = max(worst, difference / max(1.0, float(np.abs(ours).max())))
        equal += int((ours.argmax(1) == theirs.argmax(1)).sum())
        pixels += image.shape[0] * image.shape[1]
        count += 1
    return Proof(count, equal / pixels, largest, worst)


def _cases(images: list[Image], size: Size | None) -> list[Image]:
    """The images; for any size also the first one turned by 90°, and a part with odd sides."""
    taken = [image for image in images if size is None or image.shape[:2] == size][:MOST_IMAGES]
    if not taken:
        raise ValueError("There is no validation image to prove the export on.")
    if size is not None:
        return taken
    height, width = taken[0].shape[:2]
    odd = taken[0][: (height * 7 // 9) | 1, : (width * 5 // 6) | 1]
    return [*taken, np.ascontiguousarray(np.rot90(taken[0])), np.ascontiguousarray(odd)]


def onnx_predict(path: Path, rules: Preprocessing) -> Predict:
    """Prediction by an ONNX file in onnxruntime, with the preprocessing of every other user."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def predict(image: Image) -> Logits:
        logits: Logits = session.run(None, {name: normalised(image, rules)})[0]
        return logits

    return predict
