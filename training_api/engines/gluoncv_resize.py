"""The resizes inside GluonCV's networks: of any input size, and fast to differentiate.

GluonCV writes sizes of its training crop into its networks. MXNet 1.9.1 differentiates its bilinear
resize on one thread, scattering values one by one: a third of a Fast-SCNN's training step, and most
of a PSPNet's. As a product with two matrices it is the same up to rounding, takes its size from the
network's input, and is differentiated by matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Size = tuple[int, int]


def bilinear(operators: Any, values: Any, like: Any, ratio: int = 1) -> Any:
    """N×C×h×w `values` at 1/`ratio` of the height and width of `like`, with aligned corners.

    `operators` is mxnet.nd or mxnet.sym, `like` anything ×H×W with four axes. The same as
    BilinearResize2D up to rounding.
    """
    rows, columns = (_matrix(operators, values, like, axis, ratio) for axis in (2, 3))
    tall = operators.dot(operators.transpose(values, (0, 1, 3, 2)), rows, transpose_b=True)
    return operators.dot(operators.transpose(tall, (0, 1, 3, 2)), columns, transpose_b=True)


def _matrix(operators: Any, values: Any, like: Any, axis: int, ratio: int) -> Any:
    """Target × source: the share of each source position in each target position, 0..1."""
    source = operators.contrib.arange_like(values, axis=axis)
    target = operators.contrib.arange_like(like, axis=axis)
    target = operators.slice(target, begin=(None,), end=(None,), step=(ratio,)) / ratio
    ends = operators.maximum(_last(operators, target), 1)
    step = operators.broadcast_div(_last(operators, source), ends)
    positions = operators.broadcast_mul(target, step).expand_dims(1)
    distance = operators.abs(operators.broadcast_sub(positions, source.expand_dims(0)))
    return operators.BlockGrad(operators.relu(1 - distance))


def _last(operators: Any, indices: Any) -> Any:
    return operators.slice_axis(indices, axis=0, begin=-1, end=None)


class Resizing:
    """Takes the place of BilinearResize2D in a network that was built for input `size`.

    The network then takes inputs of every size whose sides are multiples of the ratios in it.
    """

    def __init__(self, network: Any, size: Size) -> None:
        self._built = size
        self._fixed: Size | None = None
        self._input: Any = None
        _replace(network, self)
        original = network.hybrid_forward

        def forward(operators: Any, image: Any, **parameters: Any) -> Any:
            self._input = image
            try:
                return original(operators, image, **parameters)
            finally:
                self._input = None

        network.hybrid_forward = forward

    @contextmanager
    def fixed(self, size: Size) -> Iterator[None]:
        """MXNet's own operator with the numbers for an input of `size`, as exporters want it."""
        self._fixed = size
        try:
            yield
        finally:
            self._fixed = None

    def resized(self, operators: Any, values: Any, height: int, width: int) -> Any:
        """`values` at the size that is `height` × `width` where the input is as it was built."""
        if self._fixed is None:
            return bilinear(operators, values, self._input, self._built[0] // height)
        (new_height, new_width), (old_height, old_width) = self._fixed, self._built
        size = height * new_height // old_height, width * new_width // old_width
        return operators.contrib.BilinearResize2D(values, height=size[0], width=size[1])


def _replace(block: Any, resizing: Resizing) -> None:
    """Give every block that resizes other operators."""
    if hasattr(block, "_up_kwargs"):
        original = block.hybrid_forward

        def forward(operators: Any, *inputs: Any, **parameters: Any) -> Any:
            return original(_Operators(operators, resizing), *inputs, **parameters)

        block.hybrid_forward = forward
    for child in block._children.values():
        _replace(child, resizing)


class _Operators:
    """MXNet's operators with another resize; stands for `F` and `F.contrib` in GluonCV's code."""

    def __init__(self, operators: Any, resizing: Resizing) -> None:
        self._operators = operators
        self._resizing = resizing
        self.contrib = self

    def __getattr__(self, name: str) -> Any:
        if hasattr(self._operators, name):
            return getattr(self._operators, name)
        return getattr(self._operators.contrib, name)

    def BilinearResize2D(self, values: Any, height: int, width: int) -> Any:
        """As MXNet's, with its default of aligned corners."""
        return self._resizing.resized(self._operators, values, height, width)
