"""PSPNet from GluonCV."""

from __future__ import annotations

from training_api.networks.gluoncv.residual import AuxiliaryOptions, ResidualNetwork


class Psp(ResidualNetwork):
    """A dilated ResNet of stride 8 with pyramid pooling."""

    name = "psp"
    title = "PSPNet"
    summary = "Pools at four scales, for scenes whose context matters; heavy on a CPU."
    paper = "Zhao et al., Pyramid Scene Parsing Network, CVPR 2017"
    library = ("pspnet", "PSPNet")
    Options = AuxiliaryOptions


NETWORK = Psp
