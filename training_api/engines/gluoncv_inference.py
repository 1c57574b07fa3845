"""A GluonCV network at images' own sizes, although its graph holds fixed ones."""

from __future__ import annotations

from typing import Any

from training_api.engines.gluoncv_graph import Size, resize_graph
from training_api.spec.model import Preprocessing
from training_api.spec.preprocessing import network_size


class GluonInference:
    """Normalised N×3×H×W float32 → N×C×H×W logits, of arrays or, for exports, of symbols.

    Both resizes are bilinear between pixel centres, without antialiasing.
    """

    def __init__(self, mx: Any, network: Any, size: Size, rules: Preprocessing) -> None:
        self._mx = mx
        self._network = network
        self._size = size
        self._rules = rules

    def __call__(self, values: Any, height: int, width: int) -> Any:
        """Logits of images of this size; the network is left fitted to it."""
        size = network_size(height, width, self._rules.base_size, self._rules.multiple)
        self.fit(size)
        if size == (height, width):
            return self._network(values)[0]
        logits = self._network(self._resized(values, size))[0]
        return self._resized(logits, (height, width))

    def fit(self, size: Size) -> None:
        """Make the network's fixed sizes those of an input of `size`."""
        if size != self._size:
            resize_graph(self._network, self._size, size)
            self._network.hybridize(static_alloc=True)
            self._size = size

    def parameters(self) -> dict[str, Any]:
        """The arrays behind the symbols' variables, by name."""
        return {name: entry.data() for name, entry in self._network.collect_params().items()}

    def _resized(self, values: Any, size: Size) -> Any:
        symbolic = isinstance(values, self._mx.sym.Symbol)
        operators = self._mx.sym if symbolic else self._mx.nd
        return operators.contrib.BilinearResize2D(
            values, height=size[0], width=size[1], align_corners=False
        )
