"""How much a pixel of each class counts, from the classes' shares of the training pixels."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

ClassWeighting = Literal["none", "root_inverse", "inverse", "median"]
LARGEST = 50.0
"""No class counts more than this many times, however rare it is."""


def weighting_field(default: ClassWeighting) -> Any:
    """The option that the losses share."""
    return Field(
        default,
        title="Class weights",
        description="Let rare classes count more: by the inverse of their share of all pixels, "
        "its square root, or relative to the median class, each in the images that hold it.",
    )


def class_weights(
    kind: ClassWeighting, shares: Sequence[float], frequencies: Sequence[float] = ()
) -> list[float]:
    """One weight per class for pixel `shares` (0..1, summing to 1); the mean over pixels is 1.

    median: the median of all `frequencies` over the class's own, that is its share of the images
    that hold it (Eigen and Fergus, 2015); `shares` stand in for them where they are not given.
    A class without pixels gets the weight 1.
    """
    if kind == "none" or not any(shares):
        return [1.0] * len(shares)
    if kind == "median":
        occurrence = list(frequencies or shares)
        middle = statistics.median(share for share in occurrence if share > 0)
        raw = [middle / share if share > 0 else 0.0 for share in occurrence]
    else:
        power = 0.5 if kind == "root_inverse" else 1.0
        raw = [share**-power if share > 0 else 0.0 for share in shares]
    mean = sum(weight * share for weight, share in zip(raw, shares, strict=True))
    return [min(weight / mean, LARGEST) if weight else 1.0 for weight in raw]
