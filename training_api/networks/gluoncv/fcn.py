"""FCN from GluonCV."""

from __future__ import annotations

from training_api.networks.gluoncv.residual import AuxiliaryOptions, ResidualNetwork


class Fcn(ResidualNetwork):
    """A dilated ResNet of stride 8 with a convolutional head."""

    name = "fcn"
    title = "FCN"
    summary = "The classic: a dilated ResNet with a plain head; heavy on a CPU."
    paper = "Long et al., Fully Convolutional Networks for Semantic Segmentation, CVPR 2015"
    library = ("fcn", "FCN")
    Options = AuxiliaryOptions


NETWORK = Fcn
