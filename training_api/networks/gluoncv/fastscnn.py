"""Fast-SCNN from GluonCV."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from training_api.networks.base import Network
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Fast-SCNN has an encoder of its own."""

    aux: bool = Field(
        True, title="Auxiliary head", description="A second output while training; steadier."
    )


class FastScnn(Network):
    """Two branches that share their first layers; the lightest network of this engine."""

    name = "fastscnn"
    title = "Fast-SCNN"
    engine = EngineName.gluoncv
    summary = "A light network made for speed; the one to take on a CPU with this engine."
    paper = "Poudel et al., Fast-SCNN: Fast Semantic Segmentation Network, BMVC 2019"
    licence = "Apache-2.0 (GluonCV)"
    smallest = 64
    Options = Options

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        from gluoncv.model_zoo.fastscnn import FastSCNN

        height, width = size
        return FastSCNN(
            nclass=classes,
            aux=self.options.aux,
            pretrained_base=False,
            height=height,
            width=width,
        )


NETWORK = FastScnn
