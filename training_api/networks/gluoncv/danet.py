"""DANet from GluonCV."""

from __future__ import annotations

from training_api.networks.gluoncv.residual import ResidualNetwork


class DaNet(ResidualNetwork):
    """A dilated ResNet of stride 8 whose head attends to all positions and to all channels.

    Either attention has an output of its own while training, of the main output's weight as in
    GluonCV's SegmentationMultiLosses.
    """

    name = "danet"
    title = "DANet"
    summary = (
        "Relates every position to every other one; its memory grows with the square of the "
        "image's area, so keep the crop small."
    )
    paper = "Fu et al., Dual Attention Network for Scene Segmentation, CVPR 2019"
    library = ("danet", "DANet")
    auxiliary_weights = (1.0, 1.0)  # of position and channel attention


NETWORK = DaNet
