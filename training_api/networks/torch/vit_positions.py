"""Position embeddings of a vision transformer for images of any size. Imports PyTorch."""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def take_any_size(transformer: Any) -> None:
    """Let timm's `transformer` stretch its embeddings in a way that ONNX knows too.

    timm filters them against aliasing, which ONNX exporters do not know; for images of the size
    that the transformer was made for, both ways change nothing.
    """
    transformer._pos_embed = MethodType(_with_positions, transformer)


def _with_positions(transformer: Any, patches: Tensor) -> Tensor:
    """N×H×W×C patches to N×(1+H·W)×C tokens, the class token first."""
    count, height, width, channels = patches.shape
    own = transformer.pos_embed[:, :1]
    grid = transformer.pos_embed[:, 1:].reshape(1, *transformer.patch_embed.grid_size, channels)
    grid = interpolate(
        grid.permute(0, 3, 1, 2), (height, width), mode="bicubic", align_corners=False
    )
    positions = torch.cat([own, grid.permute(0, 2, 3, 1).reshape(1, -1, channels)], 1)
    token = transformer.cls_token.expand(count, -1, -1)
    tokens = torch.cat([token, patches.reshape(count, -1, channels)], 1)
    return transformer.pos_drop(tokens + positions)
