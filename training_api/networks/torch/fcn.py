"""FCN from torchvision."""

from __future__ import annotations

from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.torchvision_encoders import Resnets, auxiliary
from training_api.networks.torch.torchvision_network import TorchvisionNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Resnets = backbone("resnet50")
    aux: bool = auxiliary()


class Fcn(TorchvisionNetwork):
    """A dilated ResNet of stride 8 with a convolutional head."""

    name = "fcn"
    title = "FCN"
    summary = "The classic: a dilated ResNet with a plain head; heavy on a CPU."
    paper = "Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, 2015"
    multiple = 8  # the stride of a dilated ResNet
    Options = Options
    library = "fcn"


NETWORK = Fcn
