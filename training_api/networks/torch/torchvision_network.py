"""What the networks of torchvision share."""

from __future__ import annotations

from typing import Any, ClassVar

from training_api.networks.base import Network
from training_api.networks.torch.operators import declare_missing_operators
from training_api.networks.torch.torchvision_encoders import TORCHVISION_ENCODERS
from training_api.spec.hyper_parameters import EngineName


class TorchvisionNetwork(Network):
    """A dilated encoder and a head; a subclass names the library's function up to the encoder."""

    engine = EngineName.torch
    licence = "BSD-3-Clause (torchvision)"
    encoders = TORCHVISION_ENCODERS
    library: ClassVar[str]  # of torchvision.models.segmentation: `fcn` for fcn_resnet50 and others

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        from torchvision.models import segmentation

        make = getattr(segmentation, f"{self.library}_{self.options.backbone}")
        network = make(weights=None, weights_backbone=None, num_classes=classes, **self.arguments())
        return self.wrapped(network)

    def arguments(self) -> dict[str, Any]:
        """What the library's function is given besides the number of classes."""
        return {"aux_loss": self.options.aux}

    def wrapped(self, network: Any) -> Any:
        """With its outputs as a list, the main one first."""
        from training_api.networks.torch.outputs import MainAndAuxiliary

        return MainAndAuxiliary(network)
