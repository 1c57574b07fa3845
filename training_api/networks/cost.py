"""What networks cost: parameters and computation, counted beforehand and shipped as data.

`build/count_networks.py` counts and writes ENGINE/costs.json, so that nobody has to load an engine
to show them. One multiply-add counts as two operations; only convolutions and matrix products are
counted. Auxiliary heads are left out: they are for training only.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from training_api.spec.closed import Closed
from training_api.spec.files import read_json
from training_api.spec.hyper_parameters import EngineName

SIDE = 512  # pixels of the square image that was counted with
CLASSES = 21  # of PASCAL VOC; the head's share is small


class Cost(Closed):
    """A network with one backbone: trained weights, and operations for an image of SIDE×SIDE."""

    network: str
    backbone: str | None
    parameters: int
    operations: int

    def gflops(self, height: int, width: int) -> float:
        """10⁹ operations for an image of this size, taken to grow with the area.

        That holds for convolutions; attention over whole images (ViT, MiT, MA-Net) grows faster.
        """
        return self.operations * height * width / SIDE**2 / 1e9


class CostTable(Closed):
    """ENGINE/costs.json."""

    schema_: Literal[1] = Field(1, alias="schema")
    side: int = SIDE
    classes: int = CLASSES
    costs: list[Cost]


def table_path(engine: EngineName) -> Path:
    """Where the engine's table is."""
    return Path(__file__).parent / engine / "costs.json"


@cache
def _costs(engine: EngineName) -> dict[tuple[str, str | None], Cost]:
    path = table_path(engine)
    if not path.is_file():
        return {}
    table = CostTable.model_validate(read_json(path))
    return {(cost.network, cost.backbone): cost for cost in table.costs}


def cost_of(engine: EngineName, network: str, backbone: str | None) -> Cost | None:
    """What the network costs; None where it was never counted."""
    return _costs(engine).get((network, backbone))
