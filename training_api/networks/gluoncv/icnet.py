"""ICNet from GluonCV."""

from __future__ import annotations

from training_api.networks.gluoncv.residual import ResidualNetwork


class IcNet(ResidualNetwork):
    """Three branches that see the image at full, half and quarter size, the deep one the smallest.

    Every branch has an output of its own while training, weighted as in GluonCV's ICNetLoss.
    """

    name = "icnet"
    title = "ICNet"
    summary = "Looks closely at a small copy of the image only: made for large images at speed."
    paper = "Zhao et al., ICNet for Real-Time Semantic Segmentation on High-Resolution Images, 2018"
    library = ("icnet", "ICNet")
    smallest = 64  # the small branch sees 1/32 of it: 2×2, less has no variance to normalise by
    auxiliary_weights = (0.4, 0.4, 1.0)  # of the outputs at 1/4, 1/8 and 1/16 of the size


NETWORK = IcNet
