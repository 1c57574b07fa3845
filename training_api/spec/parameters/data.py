"""How images reach the network."""

from __future__ import annotations

from typing import Literal

from training_api.spec.closed import Closed
from training_api.spec.parameters.declaration import parameter


class DataParameters(Closed):
    """Sizes, variation and reading of images."""

    base_size: int = parameter(
        352,
        "Base size",
        "Images are scaled so that their short side has about this many pixels; 0 keeps them.",
        unit="pixels",
        gluoncv=520,
        ge=0,
        le=8192,
    )
    crop_size: int = parameter(
        0,
        "Crop size",
        "Side of the square cut from a scaled image for training; 0 takes the whole image.",
        unit="pixels",
        gluoncv=480,
        ge=0,
        le=8192,
    )
    augment: bool = parameter(
        True,
        "Augment data",
        "Vary training images at random by the augmentations; off leaves them all out. Validation "
        "is never varied.",
    )
    cache: Literal["auto", "decoded", "raw", "off"] = parameter(
        "auto",
        "Images in memory",
        "What is kept of images that were read: auto takes decoded ones if all fit into a quarter "
        "of the free memory, else the files' bytes if those fit. Changes speed, never the result.",
    )
    workers: int = parameter(
        1,
        "Number of workers",
        "Threads that prepare images while the network computes.",
        ge=0,
        le=64,
    )
