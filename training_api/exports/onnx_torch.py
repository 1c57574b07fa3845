"""ONNX from the torch engine, for images of any size."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_api.exports.base import Export, Record
from training_api.exports.proof import attempt
from training_api.spec.files import write_json
from training_api.spec.hyper_parameters import EngineName

FILE = "model.onnx"
OPSET = 18
INPUT, OUTPUT = "images", "logits"
_LARGEST_SIDE = 1 << 16
_EXAMPLE = (1, 3, 200, 150)
"""What the graph is recorded with: sides that differ and are no multiple of 32."""


class OnnxFromTorch(Export):
    """`model.onnx`: input `images` N×3×H×W, output `logits` N×C×H×W, both float32.

    The normalised image goes in at its own size; the graph holds both resizes.
    """

    target = "onnx"
    engine = EngineName.torch

    def export(self, engine: Any, images: list[NDArray[np.uint8]], folder: Path) -> Record:
        """See Export. Recording by tracing takes a second; if it fails, torch.export is tried."""
        head = {"target": self.target, "input": "dynamic", "opset": OPSET}
        path = folder / FILE
        module = _on_cpu(engine.inference_module())
        refusals = []
        for write in (write_by_tracing, write_by_export):
            record = head | attempt(partial(write, module), path, engine, images)
            if record["status"] == "shipped":
                break
            refusals.append(f"{write.__name__.removeprefix('write_')}: {record['reason']}")
        else:
            record |= {"reason": " ".join(refusals)}
        write_json(folder / "manifest.json", {"schema": 1} | record)
        return record


def write_by_tracing(module: Any, path: Path) -> None:
    """Record one run of `module`; sizes stay open because its arithmetic on them is recorded."""
    import torch

    sizes = {0: "n", 2: "height", 3: "width"}
    torch.onnx.export(
        module,
        (torch.zeros(_EXAMPLE),),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_axes={INPUT: sizes, OUTPUT: sizes},
    )


def write_by_export(module: Any, path: Path) -> None:
    """Follow the sizes symbolically through `module`; several times slower than tracing."""
    import torch

    side = torch.export.Dim
    sizes = {
        0: side("n"),
        2: side("height", max=_LARGEST_SIDE),
        3: side("width", max=_LARGEST_SIDE),
    }
    torch.onnx.export(
        module,
        (torch.zeros(2, *_EXAMPLE[1:]),),
        str(path),
        dynamo=True,
        opset_version=OPSET,
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_shapes=(sizes,),
        external_data=False,
        verbose=False,
    )


def _on_cpu(module: Any) -> Any:
    """`module`, or a copy of it if it lives on another device."""
    if all(parameter.device.type == "cpu" for parameter in module.parameters()):
        return module
    return copy.deepcopy(module).cpu()


EXPORT = OnnxFromTorch
