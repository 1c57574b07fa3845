"""Changing the input size of a GluonCV network, whose resize operators hold fixed sizes."""

from __future__ import annotations

from typing import Any

Size = tuple[int, int]


def resize_graph(block: Any, old: Size, new: Size) -> None:
    """Scale every fixed output size in `block` from input size `old` to `new` (height, width).

    The sizes are the input's divided by 1, 8 or 32, so that whole multiples of 32 scale exactly.
    Hybridize again afterwards: the compiled graph holds the old sizes.
    """
    sizes = getattr(block, "_up_kwargs", None)
    if sizes:
        sizes["height"] = sizes["height"] * new[0] // old[0]
        sizes["width"] = sizes["width"] * new[1] // old[1]
    for child in block._children.values():
        resize_graph(child, old, new)
