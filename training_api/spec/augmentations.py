"""Which augmentations a job has when its spec says nothing of them."""

from __future__ import annotations

from typing import Any

USUAL = ("scale", "crop", "horizontal_flip", "brightness", "contrast", "saturation")
"""Each with its own default options."""


def usual_augmentations() -> dict[str, dict[str, Any]]:
    """The value of a spec's `augmentations` that is not given."""
    return {name: {} for name in USUAL}
