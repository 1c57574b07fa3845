"""What the networks of segmentation_models_pytorch share."""

from __future__ import annotations

from typing import Any, ClassVar

from training_api.networks.base import Network
from training_api.networks.torch.encoders import ENCODERS
from training_api.networks.torch.operators import declare_missing_operators
from training_api.spec.hyper_parameters import EngineName


class LibraryNetwork(Network):
    """An encoder and a decoder; a subclass names the library's class and what it is given."""

    engine = EngineName.torch
    licence = "MIT (segmentation_models_pytorch)"
    encoders = ENCODERS
    library: ClassVar[str]  # class of segmentation_models_pytorch

    def build(self, classes: int, size: tuple[int, int]) -> Any:
        """See Network.build."""
        declare_missing_operators()
        import segmentation_models_pytorch

        from training_api.networks.torch.outputs import SingleOutput

        make = getattr(segmentation_models_pytorch, self.library)
        encoder = ENCODERS[self.options.backbone].key
        network = make(encoder, encoder_weights=None, classes=classes, **self.arguments())
        self.adapt(network)
        return SingleOutput(network)

    def arguments(self) -> dict[str, Any]:
        """What the library's class is given besides encoder and number of classes."""
        return {}

    def adapt(self, network: Any) -> None:
        """Change parts of the library's module that we need otherwise."""
