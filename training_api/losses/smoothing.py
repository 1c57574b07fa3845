"""Label smoothing, the option that losses with cross entropy share."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def smoothing_field() -> Any:
    """How much of each pixel's target is shared by all classes; 0 trusts every label fully."""
    return Field(
        0.0,
        title="Label smoothing",
        description="Share of each pixel's target that is spread over all classes, against "
        "labels that are not exact and probabilities that are too sure.",
        ge=0,
        lt=1,
        json_schema_extra={"step": 0.05},
    )
