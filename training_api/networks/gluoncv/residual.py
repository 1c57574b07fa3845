"""What GluonCV's ResNet-based networks share: options and construction."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar, Literal

from pydantic import Field

from training_api.networks.base import Network
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Literal["resnet50", "resnet101"] = Field(
        "resnet50",
        title="Backbone",
        description="The encoder; the larger number is the deeper one.",
    )
    aux: bool = Field(
        True,
        title="Auxiliary head",
        description="A second output in the middle of the encoder while training; steadier.",
    )


class ResidualNetwork(Network):
    """A dilated ResNet of stride 8; a subclass names GluonCV's class for the head."""

    engine = EngineName.gluoncv
    licence = "Apache-2.0 (GluonCV)"
    Options = Options
    library: ClassVar[tuple[str, str]]  # (module of gluoncv.model_zoo, class)

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        module, name = self.library
        height, width = size
        return getattr(import_module(f"gluoncv.model_zoo.{module}"), name)(
            nclass=classes,
            backbone=self.options.backbone,
            aux=self.options.aux,
            pretrained_base=False,
            height=height,
            width=width,
        )
