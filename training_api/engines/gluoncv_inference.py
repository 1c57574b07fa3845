"""A GluonCV network at images' own sizes, for prediction and for exports."""

from __future__ import annotations

from typing import Any

from training_api.engines.gluoncv_resize import Resizing
from training_api.spec.model import Preprocessing
from training_api.spec.preprocessing import network_size


class GluonInference:
    """Normalised N×3×H×W float32 → N×C×H×W logits, of arrays or, for exports, of symbols.

    Both resizes are bilinear between pixel centres, without antialiasing.
    """

    def __init__(self, mx: Any, network: Any, resizing: Resizing, rules: Preprocessing) -> None:
        self._mx = mx
        self._network = network
        self._resizing = resizing
        self._rules = rules

    def __call__(self, values: Any, height: int, width: int) -> Any:
        """Logits of images of this size; a symbol holds it from then on."""
        size = network_size(height, width, self._rules.base_size, self._rules.multiple)
        if size == (height, width):
            return self._main_output(values, size)
        logits = self._main_output(self._resized(values, size), size)
        return self._resized(logits, (height, width))

    def parameters(self) -> dict[str, Any]:
        """The arrays behind the symbols' variables, by name."""
        return {
            name: entry.list_data()[0] for name, entry in self._network.collect_params().items()
        }

    def _main_output(self, values: Any, size: tuple[int, int]) -> Any:
        if not isinstance(values, self._mx.sym.Symbol):
            return self._network(values)[0]
        with self._resizing.fixed(size):
            return self._network(values)[0]

    def _resized(self, values: Any, size: tuple[int, int]) -> Any:
        symbolic = isinstance(values, self._mx.sym.Symbol)
        operators = self._mx.sym if symbolic else self._mx.nd
        return operators.contrib.BilinearResize2D(
            values, height=size[0], width=size[1], align_corners=False
        )
