"""DeepLabV3 from GluonCV."""

from __future__ import annotations

from training_api.networks.gluoncv.residual import AuxiliaryOptions, ResidualNetwork


class DeepLab(ResidualNetwork):
    """A dilated ResNet of stride 8 with atrous spatial pyramid pooling."""

    name = "deeplab"
    title = "DeepLabV3"
    summary = "Sees several ranges at once by dilated convolutions; heavy on a CPU."
    paper = "Chen et al., Rethinking Atrous Convolution for Semantic Image Segmentation, 2017"
    library = ("deeplabv3", "DeepLabV3")
    Options = AuxiliaryOptions


NETWORK = DeepLab
