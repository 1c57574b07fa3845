"""One branch of PSPNet's pyramid in a form that can be exported for any size. Imports PyTorch."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import interpolate

from training_api.networks.torch.pooling import make_pools_exportable


class Branch(nn.Module):
    """The library's branch, which pools another way while it is exported, without that way.

    The weights keep their names.
    """

    def __init__(self, branch: Any) -> None:
        super().__init__()
        self.pool = branch.pool
        make_pools_exportable(self)

    def forward(self, features: Tensor) -> Tensor:
        """N×C×H×W to N×(C/4)×H×W."""
        return interpolate(
            self.pool(features), size=features.shape[-2:], mode="bilinear", align_corners=True
        )
