"""DeepLabV3 from torchvision."""

from __future__ import annotations

from typing import Literal

from training_api.networks.torch.encoders import backbone
from training_api.networks.torch.torchvision_encoders import Mobile, Resnets, auxiliary
from training_api.networks.torch.torchvision_network import TorchvisionNetwork
from training_api.spec.closed import Closed


class Options(Closed):
    """Encoder and auxiliary head."""

    backbone: Literal[Mobile, Resnets] = backbone("resnet50")
    aux: bool = auxiliary()


class DeepLabV3(TorchvisionNetwork):
    """A dilated encoder of stride 8 (MobileNet: 16) with atrous spatial pyramid pooling."""

    name = "deeplabv3"
    title = "DeepLabV3"
    summary = "Sees near and far context at once; with a ResNet strong and heavy on a CPU."
    paper = (
        "Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image "
        "Segmentation, 2017"
    )
    multiple = 8  # the stride of a dilated ResNet
    Options = Options
    library = "deeplabv3"


NETWORK = DeepLabV3
