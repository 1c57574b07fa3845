"""ONNX from the gluoncv engine, for images of one size."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.exports.base import Export, Record
from training_api.exports.onnx_gluoncv_graph import OPSET, onnx_model
from training_api.exports.proof import Size, attempt
from training_api.spec.files import write_json
from training_api.spec.hyper_parameters import EngineName

FILE = "model.onnx"
INPUT, OUTPUT = "images", "logits"


class OnnxFromGluon(Export):
    """`model.onnx`: input `images` 1×3×H×W, output `logits` 1×C×H×W, both float32.

    GluonCV's networks hold sizes, so the file takes normalised images of one size: the most
    common one. The graph holds both resizes.
    """

    target = "onnx"
    engine = EngineName.gluoncv

    def export(self, engine: Any, images: list[NDArray[np.uint8]], folder: Path) -> Record:
        """See Export. Images of other sizes than the record's `input` take no part in the proof."""
        size = usual_size(images)
        write = partial(write_symbol, engine.inference_module(), size)
        record = {"target": self.target, "input": list(size), "opset": OPSET}
        record |= attempt(write, folder / FILE, engine, images, size)
        write_json(folder / "manifest.json", {"schema": 1} | record)
        return record


def usual_size(images: list[NDArray[np.uint8]]) -> Size:
    """The most common (height, width), the first of equals; (0, 0) without images."""
    counts = Counter((image.shape[0], image.shape[1]) for image in images)
    return max(counts, key=counts.__getitem__, default=(0, 0))


def write_symbol(inference: Any, size: Size, path: Path) -> None:
    """Record what `inference` does to a symbol that stands for an image of `size`."""
    import mxnet
    import onnx

    logits = inference(mxnet.sym.Variable(INPUT), *size)
    named = mxnet.sym.identity(logits, name=OUTPUT)
    onnx.save(onnx_model(named, inference.parameters(), (1, 3, *size)), str(path))


EXPORT = OnnxFromGluon
