"""A model's ONNX artefact in onnxruntime. Runs in a child, which keeps the last few sessions."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.spec.errors import Corrupt, SegsmithError
from training_api.spec.files import sha256_of
from training_api.spec.model import ModelManifest
from training_api.spec.preprocessing import normalised

ARTEFACT = "exports/onnx/model.onnx"
MOST_SESSIONS = 3

_sessions: OrderedDict[tuple[str, str], Any] = OrderedDict()


class NeedsEngine(SegsmithError):
    """The model has no artefact for this image's size; its own engine can still predict it."""

    code = "needs_engine"


class TooLarge(SegsmithError):
    """An image that the network cannot take in the memory of a child."""

    code = "image_too_large"


def has_artefact(manifest: ModelManifest) -> bool:
    """True if the model ships ONNX."""
    record = manifest.exports.get("onnx")
    return isinstance(record, dict) and record.get("status") == "shipped"


def logits_of(
    folder: Path, manifest: ModelManifest, image: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """1×C×H×W logits of an H×W×3 image at its own size.

    Raises NeedsEngine if the artefact takes images of another size only, Corrupt if it is damaged,
    TooLarge.
    """
    size = manifest.exports["onnx"].get("input", "dynamic")
    if size != "dynamic" and list(size) != list(image.shape[:2]):
        raise NeedsEngine(f"The exported model takes images of {size[1]}×{size[0]} pixels only.")
    session = _session(folder, manifest)
    feed = {session.get_inputs()[0].name: normalised(image, manifest.preprocessing)}
    try:
        logits: NDArray[np.float32] = session.run(None, feed)[0]
    except Exception as error:  # onnxruntime's own classes share no other base
        if "alloc" not in str(error):
            raise
        raise TooLarge(
            f"The network needs more memory for {image.shape[1]}×{image.shape[0]} pixels than "
            "there is. Scale the image down.",
            field="image",
        ) from error
    return logits


def _session(folder: Path, manifest: ModelManifest) -> Any:
    """The artefact's session; loaded once per child and content."""
    digest = manifest.files.get(ARTEFACT, "")
    key = str(folder), digest
    if key not in _sessions:
        _sessions[key] = _load(folder / ARTEFACT, digest)
        while len(_sessions) > MOST_SESSIONS:
            _sessions.popitem(last=False)
    _sessions.move_to_end(key)
    return _sessions[key]


def _load(path: Path, digest: str) -> Any:
    import onnxruntime

    if not path.is_file() or sha256_of(path) != digest:
        raise Corrupt(f"{path} does not match the model's manifest. Publish the model again.")
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # images differ in size; an arena would keep the largest
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    # Threads that spin between calls starve the training beside us.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
