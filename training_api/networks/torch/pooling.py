"""Pooling to a fixed number of cells that survives an export for any size. Imports PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CellAverage(nn.Module):
    """As `nn.AdaptiveAvgPool2d(cells)`, by two small matrix products.

    Cell i of n averages the rows from ⌊i·H/n⌋ up to ⌈(i+1)·H/n⌉, and columns alike. ONNX knows no
    such pooling where n does not divide a size that is left open; products it knows.
    """

    def __init__(self, cells: int) -> None:
        super().__init__()
        self.cells = cells

    def forward(self, features: Tensor) -> Tensor:
        """N×C×H×W to N×C×cells×cells."""
        height, width = features.shape[-2:]
        rows = _shares(height, self.cells, features)
        columns = _shares(width, self.cells, features)
        return rows @ features @ columns.T


def _shares(length: int, cells: int, like: Tensor) -> Tensor:
    """cells×length: how much each position counts in each cell's average."""
    cell = torch.arange(cells, device=like.device)[:, None]
    place = torch.arange(length, device=like.device)[None]
    first = cell * length // cells
    last = ((cell + 1) * length + cells - 1) // cells
    inside = ((place >= first) & (place < last)).to(like.dtype)
    return inside / inside.sum(1, keepdim=True)


def make_pools_exportable(network: nn.Module) -> None:
    """Replace each adaptive pooling to more than one cell; weights and their names stay."""
    for parent in [*network.modules()]:
        for name, child in parent.named_children():
            if isinstance(child, nn.AdaptiveAvgPool2d) and (cells := _cells(child)) > 1:
                setattr(parent, name, CellAverage(cells))


def _cells(pool: nn.AdaptiveAvgPool2d) -> int:
    size = pool.output_size
    return int(size[0] if isinstance(size, tuple) else size)
