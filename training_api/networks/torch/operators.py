"""Operator schemas that torchvision's Python code expects from its compiled part.

A torchvision wheel made for CUDA cannot load its operators beside a CPU build of PyTorch, and its
import then fails where it describes two of them. Segmentation uses neither: names and signatures
are all that is missing.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def declare_missing_operators() -> Any:
    """Call before torchvision is imported; declares nothing where its compiled part loads.

    Returns what must stay alive as long as the declarations (the cache sees to that).
    """
    import torch

    if _compiled_part_loads():
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        library.define(schema)
    return library


def _compiled_part_loads() -> bool:
    """Try as torchvision does: load the shared object beside its Python files."""
    import torch

    found = importlib.util.find_spec("torchvision")
    folders = found.submodule_search_locations if found else None
    files = [path for folder in folders or () for path in Path(folder).glob("_C*.so")]
    try:
        for path in files:
            torch.ops.load_library(path)
    except OSError:
        return False
    return bool(files)
