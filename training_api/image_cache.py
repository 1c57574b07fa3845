"""Images in memory: decoded, or the files' bytes, as many as fit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from training_api.spec.dataset import Sample
from training_api.spec.preprocessing import network_size

Kind = Literal["decoded", "raw", "off"]
T = TypeVar("T")

_BYTES_PER_PIXEL = 4
"""Three of the image and one of the label."""


class ImageCache:
    """Keeps what was read while it fits into `budget` bytes. Thread-safe."""

    def __init__(self, kind: Kind, budget: int) -> None:
        self.kind = kind
        self.bytes = 0
        self._budget = budget
        self._kept: dict[Any, Any] = {}
        self._guard = threading.Lock()

    def get(self, kind: Kind, key: Any, read: Callable[[], T], size: Callable[[T], int]) -> T:
        """From memory, or read; kept if this cache is for values of `kind`.

        What does not fit is read again each time: in a cyclic order replacing older entries would
        only make every access miss.
        """
        found: T | None = self._kept.get(key)
        if found is not None:
            return found
        value = read()
        taken = size(value)
        with self._guard:
            fits = self.kind == kind and self.bytes + taken <= self._budget
            if fits and key not in self._kept:
                self.bytes += taken
                self._kept[key] = value
        return value


def chosen_kind(
    wanted: Literal["auto", "decoded", "raw", "off"],
    training: Sequence[Sample],
    validation: Sequence[Sample],
    sizes: tuple[int, int],
    budget: int,
) -> Kind:
    """`wanted`, or for `auto` decoded images if all fit into `budget` bytes, else the files' bytes
    if those fit, else as many decoded images as fit.

    `sizes` are base size and multiple of the network, at which training images are kept.
    """
    if wanted != "auto":
        return wanted
    if kept_bytes("decoded", training, validation, sizes) <= budget:
        return "decoded"
    files = kept_bytes("raw", training, validation, sizes)
    return "raw" if files <= budget else "decoded"


def kept_bytes(
    kind: Kind, training: Sequence[Sample], validation: Sequence[Sample], sizes: tuple[int, int]
) -> int:
    """What all images take: decoded those for training as the network sees them, others whole."""
    if kind == "off":
        return 0
    if kind == "raw":
        return sum(one.image.size + one.label.size for one in (*training, *validation))
    seen = [network_size(sample.height, sample.width, *sizes) for sample in training]
    pixels = sum(height * width for height, width in seen)
    pixels += sum(sample.height * sample.width for sample in validation)
    return _BYTES_PER_PIXEL * pixels
