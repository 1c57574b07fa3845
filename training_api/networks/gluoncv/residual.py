"""What GluonCV's ResNet-based networks share: options and construction."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any, ClassVar

from pydantic import Field

from training_api.networks.base import Network
from training_api.networks.gluoncv.encoders import ENCODERS, Residual, backbone
from training_api.spec.closed import Closed
from training_api.spec.hyper_parameters import EngineName

_STAGES = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


class Options(Closed):
    """The encoder."""

    backbone: Residual = backbone(
        "resnet50",
        "The encoder; the larger number is the deeper one. ResNets begin with three small "
        "convolutions (v1s), those called v1b with a large one. ResNeSts add attention between "
        "groups of channels: better and slower.",
    )


class AuxiliaryOptions(Options):
    """Encoder and auxiliary head."""

    aux: bool = Field(
        True,
        title="Auxiliary head",
        description="A second output in the middle of the encoder while training; steadier.",
    )


class ResidualNetwork(Network):
    """A dilated ResNet of stride 8; a subclass names GluonCV's class for the head."""

    engine = EngineName.gluoncv
    licence = "Apache-2.0 (GluonCV)"
    encoders = ENCODERS
    Options = Options
    library: ClassVar[tuple[str, str]]  # (module of gluoncv.model_zoo, class)

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        from gluoncv.nn.dropblock import set_drop_prob

        module, name = self.library
        chosen = self.options.backbone
        network = getattr(import_module(f"gluoncv.model_zoo.{module}"), name)(
            nclass=classes,
            backbone=chosen.removesuffix("_v1b"),
            aux=getattr(self.options, "aux", False),
            pretrained_base=False,
            height=size[0],
            width=size[1],
        )
        if chosen.endswith("_v1b"):
            _take_encoder(network, chosen)
        network.apply(partial(set_drop_prob, 0))  # ResNeSt's masks are made for 224×224 alone
        return network


def _take_encoder(network: Any, name: str) -> None:
    """Put another of GluonCV's ResNets, dilated, in the place of a network's own."""
    from gluoncv.model_zoo import resnetv1b

    encoder = getattr(resnetv1b, name)(dilated=True)
    for stage in _STAGES:
        delattr(network, stage)  # Gluon lets no attribute change its type
        setattr(network, stage, getattr(encoder, stage))
