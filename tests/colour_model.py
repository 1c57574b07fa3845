"""A published model whose outcome is known: red pixels are class 1, blue ones 2, others 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training_api.spec.dataset import DatasetClass
from training_api.spec.files import sha256_of
from training_api.spec.model import ModelManifest, Preprocessing

RULES = Preprocessing(base_size=0, multiple=1)
CLASSES = [
    DatasetClass(id=0, name="background", colour=(0, 0, 0)),
    DatasetClass(id=1, name="pad", colour=(200, 10, 20)),
    DatasetClass(id=2, name="circle", colour=(30, 40, 220)),
]
SHIPPED = {"target": "onnx", "status": "shipped", "reason": "", "input": "dynamic"}


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """H×W×3: grey, with a red block at the top left and a blue one at the bottom right."""
    image = np.full((height, width, 3), 90, np.uint8)
    image[: height // 4, : width // 2] = (250, 0, 0)
    image[height // 2 :, width // 2 :] = (0, 0, 250)
    return image


def truth(height: int, width: int) -> NDArray[np.uint8]:
    """The mask of `picture`."""
    mask = np.zeros((height, width), np.uint8)
    mask[: height // 4, : width // 2] = 1
    mask[height // 2 :, width // 2 :] = 2
    return mask


def colour_network(size: tuple[int, int] | None = None) -> onnx.ModelProto:
    """A 1×1 convolution on normalised input; `size` (height, width) fixes the input's size."""
    raw = np.array([[0, 0, 0], [1, -1, -1], [-1, -1, 1]], np.float32)
    bias = np.array([0, -0.5, -0.5], np.float32) + raw @ np.array(RULES.mean, np.float32)
    kernel = (raw * np.array(RULES.std, np.float32)).reshape(3, 3, 1, 1)
    sides: tuple[Any, Any] = size or ("height", "width")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel", "bias"], ["logits"])],
        "colours",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ("n", 3, *sides))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("n", 3, *sides))],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(bias, "bias")],
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def publish(
    models: Path,
    model_id: str = "m-1",
    name: str = "colours",
    created: str = "2026-01-01T00:00:00.000Z",
    export: dict[str, Any] | None = None,
    size: tuple[int, int] | None = None,
) -> Path:
    """Write the model below `models`; `export` replaces the record of its ONNX artefact."""
    folder = models / model_id
    artefact = folder / "exports" / "onnx" / "model.onnx"
    artefact.parent.mkdir(parents=True)
    onnx.save(colour_network(size), artefact)
    ModelManifest(
        id=model_id,
        name=name,
        created=created,
        job_id="j-1",
        engine="torch",
        network={"name": "unet", "options": {"backbone": "resnet18"}},
        dataset={"id": "dv-1", "name": "panels"},
        classes=CLASSES,
        preprocessing=RULES,
        metrics={"miou": 0.875, "iou": [0.9, 0.85, None], "epoch": 3},
        spec={},
        environment={},
        licences={},
        exports={"onnx": export or SHIPPED},
        files={"exports/onnx/model.onnx": sha256_of(artefact)},
    ).save(folder)
    return folder
