"""What networks cost for an image of some size, from the catalogue's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]
SIDES = (224, 256, 352, 480, 512, 768, 1024)
"""Sides of square images that the page of networks offers."""


@dataclass(frozen=True)
class Cost:
    """A variant of a network for an image of `width`×`height` pixels; None for what is unknown."""

    width: int
    height: int
    parameters: int | None
    gflops: float | None
    measured: Entry | None  # on this machine: at this size, else the newest at another


def cost_of(variant: Entry, side: int, width: int, height: int) -> Cost:
    """`side` is that of the square image which the variant's GFLOPs are given for.

    Computation is taken to grow with the area.
    """
    gflops = variant["gflops"]
    measured = variant["measured"]
    same = [row for row in measured if (row["width"], row["height"]) == (width, height)]
    return Cost(
        width=width,
        height=height,
        parameters=variant["parameters"],
        gflops=None if gflops is None else gflops * width * height / side**2,
        measured=next(iter(same or measured), None),
    )


def input_size(image: tuple[int, int], crop: int, base: int, multiple: int) -> tuple[int, int]:
    """(width, height) that a network sees of an image of (width, height) pixels.

    A crop is a square; else the short side comes near `base`, and 0 keeps the image's scale.
    """
    if crop > 0:
        side = -(-crop // multiple) * multiple
        return side, side
    short = min(image)
    width, height = (
        max(1, round(side * (base or short) / short / multiple)) * multiple for side in image
    )
    return width, height


def span(values: list[float | None]) -> tuple[float, float] | None:
    """The least and the greatest known value."""
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else None
